// What decisions in the mesh have cost, as the sidecars logged them: an off-policy policy gradient (Degris, White and
// Sutton, Off-Policy Actor-Critic, ICML 2012). A choice counts by how much more the network would make it than what made
// it did, at most MOST times (truncated importance sampling: Ionides, 2008; IMPALA's rho: Espeholt et al., 2018).
import type * as Core from '@tensorflow/tfjs-core';
import { ENDPOINT_FEATURES } from '../actor/features.js';
import { CONTEXT, FEATURES } from '../actor/model.js';
import { INPUT_UNIT } from '../actor/quantise.js';
import type { Random } from '../environment/random.js';
import { scale } from './batch.js';
import type { Operations, TF, Weights } from './forward.js';
import type { Layout } from './parameters.js';
import type { RewardWeights } from './reward.js';
import { fitRidge, predict } from '../evaluation/ridge.js';
import { atChosen } from './sampled.js';
import { batchTensors, logPolicy, lossGradient, type Padded } from './tensors.js';

/** A decision as its proxy saw it, and what came of it. */
export interface LoggedDecision {
  readonly cluster: string;
  readonly endpoints: number;
  /** `endpoints` rows of FEATURES int8, and CONTEXT int8. */
  readonly features: Int8Array;
  readonly context: Int8Array;
  /** The row that was chosen, and the probability that it had, above 0. */
  readonly action: number;
  readonly probability: number;
  readonly latencyMs: number;
  readonly error: boolean;
  /** Cpu and memory in use of the chosen endpoint above the mean of all; 0 where they are not known. */
  readonly cpuAbove: number;
  readonly memoryAbove: number;
}

/** A failed request counts as one that took `errors` times as long on top; cpu and memory as in reward.ts. */
export type LoggedReward = Pick<RewardWeights, 'errors' | 'cpu' | 'memory'>;

/** Most that a choice counts. */
const MOST = 2;
/** Decisions an update. */
const SAMPLE = 128;
/** A cluster that has logged fewer says nothing yet. */
const LEAST = 64;
/** Of the baseline, in observations. */
const RIDGE = 10;
const BASE_SCORE = ENDPOINT_FEATURES.indexOf('base_score');

interface Lesson {
  readonly decision: LoggedDecision;
  /** What it cost beyond what its context lets expect, in standard deviations of its cluster; cut. */
  readonly advantage: number;
}

export class LoggedLessons {
  /** By cluster. */
  readonly #lessons: readonly (readonly Lesson[])[];

  /** @param clip advantages are cut here */
  constructor(decisions: readonly LoggedDecision[], reward: LoggedReward, clip: number) {
    const clusters = new Map<string, LoggedDecision[]>();
    for (const decision of decisions) {
      const known = clusters.get(decision.cluster);
      if (known) known.push(decision);
      else clusters.set(decision.cluster, [decision]);
    }
    this.#lessons = [...clusters.values()]
      .filter(({ length }) => length >= LEAST)
      .map((of) => lessonsOf(of, reward, clip));
  }

  get isEmpty(): boolean {
    return this.#lessons.length === 0;
  }

  /** Gradient of the mean cost of a sample of the decisions of one cluster. Not to be asked where it is empty. */
  gradient(tf: TF, layout: Layout, parameters: Float32Array, random: Random): Float32Array {
    const cluster = this.#lessons[random.int(this.#lessons.length)]!;
    const sample = Array.from({ length: SAMPLE }, () => cluster[random.int(cluster.length)]!);
    const batch = padded(sample.map(({ decision }) => decision));
    const { gradient } = lossGradient(tf, layout, parameters, (weights, ops) =>
      loss(tf, ops, weights, batch, sample),
    );
    return gradient;
  }
}

function loss(
  tf: TF,
  ops: Operations,
  weights: Weights,
  batch: Padded,
  sample: readonly Lesson[],
): Core.Tensor {
  const logs = logPolicy(tf, ops, weights, batchTensors(tf, batch));
  const chosen = Int32Array.from(sample, ({ decision: { action } }) => action);
  const taken = atChosen(tf, logs, { ...batch, chosen });
  const now = taken.dataSync();
  const weighted = sample.map(
    ({ decision, advantage }, d) => Math.min(MOST, Math.exp(now[d]!) / decision.probability) * advantage,
  );
  return tf.div(tf.sum(tf.mul(taken, tf.tensor1d(weighted))), sample.length);
}

function lessonsOf(decisions: readonly LoggedDecision[], reward: LoggedReward, clip: number): Lesson[] {
  const { errors, cpu, memory } = reward;
  const costs = decisions.map(
    ({ latencyMs, error, cpuAbove, memoryAbove }) =>
      Math.log(latencyMs) + (error ? Math.log1p(errors) : 0) + cpu * cpuAbove + memory * memoryAbove,
  );
  const inputs = decisions.map(({ context }) => Float64Array.from(context, (value) => value / INPUT_UNIT));
  const line = fitRidge({ columns: CONTEXT, inputs, targets: costs }, RIDGE);
  const beyond = costs.map((cost, i) => cost - predict(line, inputs[i]!));
  const deviation = Math.sqrt(beyond.reduce((sum, x) => sum + x * x, 0) / beyond.length + 1e-4);
  return decisions.map((decision, i) => ({
    decision,
    advantage: Math.max(-clip, Math.min(clip, beyond[i]! / deviation)),
  }));
}

/** Which endpoints were ejected is not logged: all count as eligible. */
function padded(decisions: readonly LoggedDecision[]): Padded {
  const endpoints = Math.max(...decisions.map((decision) => decision.endpoints));
  const cells = decisions.length * endpoints;
  const features = new Float32Array(cells * FEATURES);
  const context = new Float32Array(decisions.length * CONTEXT);
  const present = new Float32Array(cells);
  const base = new Float32Array(cells);
  for (const [d, decision] of decisions.entries()) {
    const first = d * endpoints;
    scale(decision.features, 0, decision.features.length, features, first * FEATURES);
    scale(decision.context, 0, CONTEXT, context, d * CONTEXT);
    present.fill(1, first, first + decision.endpoints);
    for (let cell = first; cell < first + decision.endpoints; cell++)
      base[cell] = features[cell * FEATURES + BASE_SCORE]!;
  }
  const inverse = Float32Array.from(decisions, (decision) => 1 / decision.endpoints);
  return {
    decisions: decisions.length,
    endpoints,
    features,
    context,
    present,
    eligible: present,
    inverse,
    base,
  };
}
