// DQN (Mnih et al., Human-level control through deep reinforcement learning, Nature 518, 2015): learns what the choice of each
// endpoint costs, and chooses the least.
//
//   loss   Huber(Q(s, a) - (c + gamma min over a' of Q'(s', a')))
//
// over decisions drawn from a replay memory; s' is the service's next decision, Q' a target network, a copy of some time ago.
// c is the measured cost of the request's own latency, in log2 units against the mean of its mesh. Q is minus the score of
// the network that the others learn as a policy, so that the same int8 actor serves it: the softmax of -Q at a low temperature
// is Boltzmann exploration, which cools from HOT to hyperparameters.temperature in the course of the training.
import type * as Core from '@tensorflow/tfjs-core';
import { encodeModel } from '../actor/model-file.js';
import { quantise } from '../actor/quantise.js';
import { batchesOf, sizeOf, type Batch } from '../learning/batch.js';
import type { Experience } from '../learning/experience.js';
import type { TF } from '../learning/forward.js';
import { transitionsOf, type Transition } from '../learning/measured.js';
import { actorParts, initialise, layout, networkOf, type Layout } from '../learning/parameters.js';
import { atChosen, meanReturn } from '../learning/sampled.js';
import { batchTensors, lossGradient, scores, withWeights } from '../learning/tensors.js';
import type { Algorithm, Hyperparameters, Learner, LearnerContext, Update } from './algorithm.js';

/** What the next decision of the service costs is partly the doing of this one, and partly not. */
const GAMMA = 0.5;
/** log2 units at the start: an endpoint of twice the cost is chosen half as often. */
const HOT = 1;
/** Transitions remembered, and how many there must be before learning begins. */
const MEMORY = 30_000;
const LEAST = 500;
/** Updates a round, and between two copies of the network into the target. */
const UPDATES = 4;
const TARGET_EVERY = 100;

type Tensor = Core.Tensor;

const layoutOf = ({ hidden1, hidden2 }: Hyperparameters): Layout => layout(actorParts(hidden1, hidden2));

const temperatureAt = ({ temperature }: Hyperparameters, progress: number): number =>
  temperature * (HOT / temperature) ** (1 - progress);

/** Quadratic up to 1, linear from there on (Huber, 1964). Through a clip, because comparisons have no gradient. */
export function huber(tf: TF, error: Tensor): Tensor {
  const near = tf.clipByValue(error, -1, 1);
  return tf.mul(near, tf.sub(error, tf.div(near, 2)));
}

class DqnLearner implements Learner {
  readonly #layout: Layout;
  readonly #memory: Transition[] = [];
  #oldest = 0;
  #target = new Float32Array();
  #updates = 0;
  #left = 0;
  #return = 0;

  constructor(readonly context: LearnerContext) {
    this.#layout = layoutOf(context.hyperparameters);
  }

  update(
    parameters: Float32Array,
    _fresh: readonly Experience[],
    settled: readonly Experience[],
  ): Update | undefined {
    this.#remember(settled);
    if (this.#memory.length < LEAST) return undefined;
    if (this.#updates++ % TARGET_EVERY === 0) this.#target = parameters.slice();
    if (this.#left === 0) this.#left = UPDATES;
    const { tf } = this.context;
    const sample = this.#sample();
    const least = this.#leastNext(sample);
    const { loss, gradient } = lossGradient(tf, this.#layout, parameters, (weights, ops) => {
      let sum = tf.scalar(0);
      for (const batch of batchesOf(sample)) {
        const costs = atChosen(tf, tf.neg(scores(tf, ops, weights, batchTensors(tf, batch))), batch);
        const wanted = batch.origin.map((of) => of.cost / Math.LN2 + GAMMA * least.get(of.next!)!);
        sum = tf.add(sum, tf.sum(huber(tf, tf.sub(costs, tf.tensor1d(wanted)))));
      }
      return tf.div(sum, sample.length);
    });
    const temperature = this.context.hyperparameters.temperature;
    const metrics = { policyLoss: 0, valueLoss: loss, entropy: 0, return: this.#return, temperature };
    return { gradient, metrics, more: --this.#left > 0 };
  }

  #remember(settled: readonly Experience[]): void {
    const reward = { ...this.context.hyperparameters.reward, others: 0 };
    const seen = settled.flatMap((experience) => transitionsOf(experience, reward).flat());
    if (seen.length > 0) this.#return = meanReturn(seen);
    for (const transition of seen) {
      if (!transition.next) continue;
      this.#memory[this.#oldest] = transition;
      this.#oldest = (this.#oldest + 1) % MEMORY;
    }
  }

  /** About half as many rows as an update of the others has: each is looked at twice, before and after the choice. */
  #sample(): Transition[] {
    const { random, hyperparameters } = this.context;
    const sample: Transition[] = [];
    for (let rows = 0; rows < hyperparameters.rows / 2;) {
      const drawn = this.#memory[random.int(this.#memory.length)]!;
      sample.push(drawn);
      rows += sizeOf(drawn);
    }
    return sample;
  }

  /** The least cost that the target network sees in what came next. */
  #leastNext(sample: readonly Transition[]): ReadonlyMap<Transition, number> {
    const { tf } = this.context;
    const least = new Map<Transition, number>();
    for (const batch of batchesOf([...new Set(sample.map(({ next }) => next!))])) {
      const values = withWeights(tf, this.#layout, this.#target, (weights, ops) =>
        scores(tf, ops, weights, batchTensors(tf, batch)),
      );
      for (const [d, of] of batch.origin.entries()) least.set(of, -greatest(batch, values, d));
    }
    return least;
  }
}

function greatest({ endpoints, eligible }: Batch, values: Float32Array, decision: number): number {
  let most = -Infinity;
  for (let cell = decision * endpoints; cell < (decision + 1) * endpoints; cell++)
    if (eligible[cell] === 1) most = Math.max(most, values[cell]!);
  return most;
}

export const dqn: Algorithm = {
  name: 'dqn',
  serves: 'actor',
  layout: layoutOf,
  initialise: (hyperparameters, random) => initialise(layoutOf(hyperparameters), random),
  serve(hyperparameters, parameters, exploration, progress) {
    const network = networkOf(parameters, layoutOf(hyperparameters));
    const temperature = temperatureAt(hyperparameters, progress) * exploration;
    return { policy: 'actor', model: encodeModel(quantise(network, temperature)) };
  },
  create: (context) => new DqnLearner(context),
};
