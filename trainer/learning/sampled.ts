// What the algorithms share that learn from the sampled action alone, be it as policy gradients or as a clipped surrogate.
import type * as Core from '@tensorflow/tfjs-core';
import { batchesOf, type Batch } from './batch.js';
import type { Experience } from './experience.js';
import type { TF } from './forward.js';
import type { Transition } from './measured.js';
import type { Layout } from './parameters.js';
import { generalisedAdvantages } from './returns.js';
import { STATE_INPUTS, stateInputs, stateValue } from './state-value.js';
import { batchTensors, logPolicy, lossGradient, withWeights } from './tensors.js';

type Tensor = Core.Tensor;

/** Settled decisions with what actor and critic learn from each. */
export interface Lesson {
  readonly batch: Batch<Transition>;
  /** B: 1 where there is something to learn; the last decision of a stretch only says what the one before led to. */
  readonly learned: Float32Array;
  /** B: how much more than expected the choice cost, in standard deviations of its mesh; 0 where nothing is learned. */
  readonly advantage: Float32Array;
  /** B x STATE_INPUTS, and B: the return that the critic learns. */
  readonly states: Float32Array;
  readonly returns: Float32Array;
}

export interface Discounts {
  readonly gamma: number;
  readonly lambda: number;
}

/**
 * Lessons of actor and critic by generalised advantage estimation over each stretch.
 * @param stretches decisions in time order, each list of one service; @param parameters with those of the critic
 */
export function lessonsOf(
  tf: TF,
  layout: Layout,
  parameters: Float32Array,
  stretches: readonly (readonly Transition[])[],
  { gamma, lambda, most }: Discounts & { readonly most: number },
): Lesson[] {
  const batches = batchesOf(stretches.flat()).map((batch) => ({ batch, states: stateInputs(batch) }));
  const values = new Map<Transition, number>();
  for (const { batch, states } of batches) {
    const of = withWeights(tf, layout, parameters, (weights) =>
      stateValue(tf, weights, tf.tensor2d(states, [batch.decisions, STATE_INPUTS])),
    );
    for (const [d, transition] of batch.origin.entries()) values.set(transition, of[d]!);
  }
  const found = new Map<Transition, number>();
  for (const stretch of stretches) {
    const state = stretch.map((transition) => values.get(transition)!);
    const costs = stretch.slice(0, -1).map(({ cost }) => cost);
    for (const [t, advantage] of generalisedAdvantages(costs, state, gamma, lambda).entries())
      found.set(stretch[t]!, advantage);
  }
  const scaled = scale(found, most);
  return batches.map(({ batch, states }) => ({
    batch,
    states,
    learned: Float32Array.from(batch.origin, (of) => Number(found.has(of))),
    advantage: Float32Array.from(batch.origin, (of) => scaled.get(of) ?? 0),
    returns: Float32Array.from(batch.origin, (of) => values.get(of)! + (found.get(of) ?? 0)),
  }));
}

/**
 * Gradient of actor and critic together: policy loss, squared error of the value, entropy bonus.
 * @param policyLoss of each decision (B), from log pi of the action taken (B)
 */
export function actorCriticGradient(
  { tf, layout, parameters }: { readonly tf: TF; readonly layout: Layout; readonly parameters: Float32Array },
  { lessons, total }: { readonly lessons: readonly Lesson[]; readonly total: number },
  weight: { readonly value: number; readonly entropy: number },
  policyLoss: (taken: Tensor, lesson: Lesson) => Tensor,
) {
  const parts = { policyLoss: 0, valueLoss: 0, entropy: 0 };
  const { gradient } = lossGradient(tf, layout, parameters, (weights, ops) => {
    let loss: Tensor = tf.scalar(0);
    for (const lesson of lessons) {
      const { batch, learned, states, returns } = lesson;
      const tensors = batchTensors(tf, batch);
      const logs = logPolicy(tf, ops, weights, tensors);
      const policy = tf.div(tf.sum(policyLoss(atChosen(tf, logs, batch), lesson)), total);
      const entropy = tf.div(entropySum(tf, logs, tensors.eligible), total);
      const value = stateValue(tf, weights, tf.tensor2d(states, [batch.decisions, STATE_INPUTS]));
      const error = tf.sub(tf.reshape(value, [batch.decisions]), tf.tensor1d(returns));
      const valueLoss = tf.div(tf.sum(tf.mul(tf.square(error), tf.tensor1d(learned))), 2 * total);
      parts.policyLoss += policy.dataSync()[0]!;
      parts.valueLoss += valueLoss.dataSync()[0]!;
      parts.entropy += entropy.dataSync()[0]!;
      const bonus = tf.mul(entropy, weight.entropy);
      loss = tf.add(loss, tf.sub(tf.add(policy, tf.mul(valueLoss, weight.value)), bonus));
    }
    return loss;
  });
  return { gradient, parts };
}

/** In standard deviations of each mesh, so that none outweighs another; cut at `most`. */
export function scale(
  advantages: ReadonlyMap<Transition, number>,
  most: number,
): ReadonlyMap<Transition, number> {
  for (const [{ experience }, advantage] of advantages) experience.statistics.variance.add(advantage ** 2);
  const deviation = ({ statistics }: Experience) => Math.sqrt(statistics.variance.value + 1e-4);
  return new Map(
    [...advantages].map(([of, advantage]) => [
      of,
      Math.max(-most, Math.min(most, advantage / deviation(of.experience))),
    ]),
  );
}

/** B: the entry of `cells` (B x N) at the action taken. By a mask, because gather has no gradient on wasm. */
export function atChosen(
  tf: TF,
  cells: Tensor,
  { chosen, decisions, endpoints }: Pick<Batch, 'chosen' | 'decisions' | 'endpoints'>,
): Tensor {
  const mask = new Float32Array(decisions * endpoints);
  for (let d = 0; d < decisions; d++) mask[d * endpoints + chosen[d]!] = 1;
  return tf.sum(tf.mul(cells, tf.tensor2d(mask, [decisions, endpoints])), 1);
}

/** Sum over the decisions of the entropy of each. @param logs B x N, of the policy; @param eligible B x N */
export const entropySum = (tf: TF, logs: Tensor, eligible: Tensor): Tensor =>
  tf.neg(tf.sum(tf.mul(tf.exp(logs), tf.mul(logs, eligible))));

/** Mean return, minus the measured costs, of the decisions that are learned from. */
export function meanReturn(transitions: readonly Transition[]): number {
  return -transitions.reduce((sum, { measured }) => sum + measured, 0) / transitions.length;
}
