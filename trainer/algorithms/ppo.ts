// PPO: proximal policy optimisation (Schulman et al., Proximal Policy Optimization Algorithms, 2017, equation 7). The
// actor-critic of a2c.ts, which goes over the same decisions several times:
//
//   policy loss   max(r A, clip(r, 1 - epsilon, 1 + epsilon) A), as costs;   r = pi(a|s) / probability when it was chosen
//   value loss    (V(s) - return)^2 / 2
//   - entropy x its weight
//
// Where the ratio r has gone past its bound in the direction that A wants, the choice has no gradient left. The probability
// is the one that the int8 actor served with, recorded with the decision, so that the bound also holds for decisions whose
// outcomes took some updates to become known.
import type * as Core from '@tensorflow/tfjs-core';
import type { Experience } from '../learning/experience.js';
import type { TF } from '../learning/forward.js';
import { transitionsOf } from '../learning/measured.js';
import type { Layout } from '../learning/parameters.js';
import { actorCriticGradient, lessonsOf, meanReturn, type Lesson } from '../learning/sampled.js';
import { stateValueParts } from '../learning/state-value.js';
import { DISCOUNTS } from './a2c.js';
import type { Algorithm, Learner, LearnerContext, Update } from './algorithm.js';
import { softmaxActor, temperatureOf } from './softmax-actor.js';

/** Of the ratio (the paper, table 3). */
export const EPSILON = 0.2;
/** Times that each batch is gone over. */
const EPOCHS = 4;
/** Fewer decisions than this make no update. */
const LEAST_DECISIONS = 8;
/** Of the logarithm of a ratio: past it the exponential says no more. */
const MOST_LOG = 10;

const actor = softmaxActor(stateValueParts);

type Tensor = Core.Tensor;

/** The clipped surrogate as a cost, one a decision. @param logRatios, @param advantage B, costs */
export function surrogate(tf: TF, logRatios: Tensor, advantage: Tensor): Tensor {
  const ratio = tf.exp(tf.clipByValue(logRatios, -MOST_LOG, MOST_LOG));
  const bounded = tf.clipByValue(ratio, 1 - EPSILON, 1 + EPSILON);
  return tf.maximum(tf.mul(ratio, advantage), tf.mul(bounded, advantage));
}

interface Course {
  readonly lessons: readonly Lesson[];
  readonly total: number;
  readonly return: number;
  epochs: number;
}

class PpoLearner implements Learner {
  readonly #layout: Layout;
  #course: Course | undefined;

  constructor(readonly context: LearnerContext) {
    this.#layout = actor.layout(context.hyperparameters);
  }

  update(
    parameters: Float32Array,
    _fresh: readonly Experience[],
    settled: readonly Experience[],
  ): Update | undefined {
    const course = (this.#course ??= this.#begin(parameters, settled));
    if (!course) return undefined;
    const { tf, hyperparameters, exploration } = this.context;
    const { lessons, total } = course;
    const weightsOf = { value: hyperparameters.value, entropy: hyperparameters.entropy * exploration };
    const { gradient, parts } = actorCriticGradient(
      { tf, layout: this.#layout, parameters },
      { lessons, total },
      weightsOf,
      (taken, { batch: { chosen, endpoints, behaviour }, advantage }) => {
        const before = Float32Array.from(chosen, (column, d) => Math.log(behaviour[d * endpoints + column]!));
        return surrogate(tf, tf.sub(taken, tf.tensor1d(before)), tf.tensor1d(advantage));
      },
    );
    const more = --course.epochs > 0;
    if (!more) this.#course = undefined;
    const temperature = temperatureOf(parameters, this.#layout);
    return { gradient, more, metrics: { ...parts, return: course.return, temperature } };
  }

  /** Advantages and returns are those of the critic before the first epoch. */
  #begin(parameters: Float32Array, settled: readonly Experience[]): Course | undefined {
    const { tf, hyperparameters } = this.context;
    const { reward, clipAdvantage: most } = hyperparameters;
    const stretches = settled.flatMap((experience) => transitionsOf(experience, { ...reward, others: 0 }));
    const total = stretches.reduce((sum, { length }) => sum + length - 1, 0);
    if (total < LEAST_DECISIONS) return undefined;
    const lessons = lessonsOf(tf, this.#layout, parameters, stretches, { ...DISCOUNTS, most });
    return { lessons, total, return: meanReturn(stretches.flat()), epochs: EPOCHS };
  }
}

export const ppo: Algorithm = {
  name: 'ppo',
  ...actor,
  create: (context) => new PpoLearner(context),
};
