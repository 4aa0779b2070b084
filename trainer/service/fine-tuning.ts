// Learning goes on: in rounds, A3C fine-tunes the model that serves on the twin, on neighbours of it, on the families for
// training and on what the sidecars logged, at a bounded share of a core. What a round learned is proposed; the gate judges.
import { decodeModel } from '../actor/model-file.js';
import type { CardFacts } from '../actor/model-card.js';
import type { Model } from '../actor/model.js';
import type { Hyperparameters } from '../algorithms/algorithm.js';
import { defaultsOf, forCard } from '../algorithms/defaults.js';
import { algorithmNamed } from '../algorithms/registry.js';
import { adoptModel } from '../algorithms/softmax-actor.js';
import { createRandom } from '../environment/random.js';
import type { Scenario } from '../environment/scenario.js';
import { readCheckpoint } from '../learning/checkpoint.js';
import { GlobalNetwork } from '../learning/global-network.js';
import type { LoggedDecision } from '../learning/logged.js';
import type { Layout } from '../learning/parameters.js';
import { train, type TrainingReport } from '../learning/training.js';

const ALGORITHM = 'a3c';

/** Small steps: the network is near where it should be, and must not forget on the way. */
const FINE: Partial<Hyperparameters> = { learningRate: 0.001, finalLearningRate: 0.05, averaging: 0.99 };

export interface RoundOptions {
  /** How long a round learns, ms. */
  readonly learnMs: number;
  /** Share of a core that it takes meanwhile. */
  readonly cpuShare: number;
  /** Share of the meshes that are of the families for training, not of the twin. */
  readonly families: number;
}

export interface Round extends RoundOptions {
  readonly model: Model;
  /** The twin and neighbours of it. */
  readonly scenarios: readonly Scenario[];
  readonly logged: readonly LoggedDecision[];
  readonly seed: number;
  /** A checkpoint whose critic the round begins with. */
  readonly critic: string;
  readonly wallNow: () => number;
  readonly signal: AbortSignal;
  readonly onReport: (report: TrainingReport) => void;
}

export interface Learned {
  readonly model: Model;
  readonly facts: CardFacts;
  readonly updates: number;
  readonly decisions: number;
}

/** @throws {Error} where no worker could learn; undefined where it was aborted, or learned nothing */
export async function fineTune(round: Round): Promise<Learned | undefined> {
  const { model, scenarios, logged, seed, learnMs, cpuShare, families, signal, onReport } = round;
  const algorithm = algorithmNamed(ALGORITHM);
  const { hidden1, hidden2 } = model;
  const hyperparameters = { ...defaultsOf(algorithm), ...FINE, hidden1, hidden2 };
  const layout = algorithm.layout(hyperparameters);
  const initial = algorithm.initialise(hyperparameters, createRandom(seed).fork('critic'));
  adoptCritic(initial, layout, round.critic);
  adoptModel(initial, layout, model);
  const result = await train({
    algorithm: ALGORITHM,
    hyperparameters,
    seed,
    workers: 1,
    minutes: learnMs / 60_000,
    updates: Infinity,
    scenarios,
    families,
    logged,
    initial,
    cpuShare,
    signal,
    onReport,
  });
  if (signal.aborted || result.updates === 0 || result.served.policy !== 'actor') return undefined;
  const facts: CardFacts = {
    parent: model.id,
    algorithm: ALGORITHM,
    hyperparameters: forCard(hyperparameters),
    seed,
    scenarios: scenarios.map(({ name }) => name),
    evaluation: [],
    created: new Date(round.wallNow()).toISOString(),
  };
  return {
    model: decodeModel(result.served.model),
    facts,
    updates: result.updates,
    decisions: result.decisions,
  };
}

/** Where the checkpoint's critic is of another shape, as of an older release, the round's begins at random. */
function adoptCritic(parameters: Float32Array, layout: Layout, path: string): void {
  const checkpoint = readCheckpoint(path);
  const { algorithm, hyperparameters } = checkpoint.state;
  const global = new GlobalNetwork(algorithmNamed(algorithm).layout(hyperparameters));
  checkpoint.restore(global);
  for (const { name, offset, rows, columns } of layout.parts) {
    const from = global.layout.parts.find((part) => part.name === name);
    if (!name.startsWith('critic') || from?.rows !== rows || from.columns !== columns) continue;
    parameters.set(global.parameters.subarray(from.offset, from.offset + rows * columns), offset);
  }
}
