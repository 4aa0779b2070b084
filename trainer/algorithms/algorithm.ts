// What every learning algorithm is to the loop that drives it: parameters, what they are served as, and a gradient.
import type { Experience } from '../learning/experience.js';
import type { TF } from '../learning/forward.js';
import type { Optimiser } from '../learning/optimiser.js';
import type { Layout } from '../learning/parameters.js';
import type { RewardWeights } from '../learning/reward.js';
import type { Random } from '../environment/random.js';
import type { Served } from '../environment/served.js';

/** Each with its default in defaults.ts; all of them go into the model card. */
export interface Hyperparameters {
  /** Channels of the two hidden layers, multiples of 4. */
  readonly hidden1: number;
  readonly hidden2: number;
  /** Of the softmax, log2 units: at the start where it is learned, at the end where it is cooled. */
  readonly temperature: number;
  /** Step size at the start, and what is left of it at the end (linear in between). */
  readonly learningRate: number;
  readonly finalLearningRate: number;
  readonly optimiser: Optimiser;
  /** Weight of the entropy bonus: what keeps a policy from settling early. */
  readonly entropy: number;
  /** Weight of the value loss. */
  readonly value: number;
  /** Advantages are cut here, in standard deviations. */
  readonly clipAdvantage: number;
  /** Longest gradient. */
  readonly clipGradient: number;
  /** Weights of the reward's terms. */
  readonly reward: RewardWeights;
  /** Meshes that a worker keeps, and from how many of them each update takes a stretch. */
  readonly meshes: number;
  readonly meshesPerUpdate: number;
  /** Rows (endpoints of decisions) an update. */
  readonly rows: number;
  /** Share of the decisions that are learned from. */
  readonly share: number;
  /** Requests after which a mesh is given up for another, on average. */
  readonly life: number;
  /** Share of the past in the average of the parameters, which is what is served (Polyak and Juditsky, 1992). */
  readonly averaging: number;
}

export interface Metrics {
  readonly policyLoss: number;
  readonly valueLoss: number;
  readonly entropy: number;
  /** Mean return of the decisions: minus their costs. */
  readonly return: number;
  /** Of the softmax that is served, log2 units; of a table, the share of random choices. */
  readonly temperature: number;
}

export interface Update {
  readonly gradient: Float32Array;
  readonly metrics: Metrics;
  /** There is more to learn from the same experience: `update` is to be called again, with none. */
  readonly more?: boolean;
}

/** A learner lives in one worker; the parameters that it is given are the global ones of that moment. */
export interface Learner {
  /**
   * One update from what was seen, undefined where that is too little.
   * @param fresh stretches that have just been decided; @param settled earlier ones, with their outcomes
   */
  update(
    parameters: Float32Array,
    fresh: readonly Experience[],
    settled: readonly Experience[],
  ): Update | undefined;
}

export interface LearnerContext {
  readonly tf: TF;
  readonly hyperparameters: Hyperparameters;
  readonly random: Random;
  /** Factor of the entropy's weight in this worker. */
  readonly exploration: number;
}

export interface Algorithm {
  readonly name: string;
  /** What it is served as. */
  readonly serves: Served['policy'];
  /** Where it starts from others than those of defaults.ts. */
  readonly defaults?: Partial<Hyperparameters>;
  layout(hyperparameters: Hyperparameters): Layout;
  /** First parameters. */
  initialise(hyperparameters: Hyperparameters, random: Random): Float32Array;
  /**
   * What decides under these parameters.
   * @param exploration factor of the temperature; @param progress of the training, 0 to 1: what is served after it has 1
   */
  serve(
    hyperparameters: Hyperparameters,
    parameters: Float32Array,
    exploration: number,
    progress: number,
  ): Served;
  create(context: LearnerContext): Learner;
}
