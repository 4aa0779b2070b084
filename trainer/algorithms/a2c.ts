// A2C: the synchronous advantage actor-critic (Mnih et al., Asynchronous Methods for Deep Reinforcement Learning, 2016, without
// the asynchrony: Wu et al., Scalable Trust-Region Method for Deep Reinforcement Learning Using Kronecker-Factored
// Approximation, 2017, section 5). One worker steps all its meshes, then takes one step:
//
//   policy loss   log pi(a|s) A(s, a), as costs
//   value loss    (V(s) - A(s, a) - V(s))^2 / 2, the right V(s) fixed
//   - entropy x its weight
//
// A comes from generalised advantage estimation over the settled decisions of a service in time order (returns.ts), each of
// which costs the latency of its own request. What a choice does to others it does through the latencies that follow, so
// that `reward.others` plays no part. V is a critic on the true state, pooled over the endpoints (state-value.ts).
import type { Experience } from '../learning/experience.js';
import { transitionsOf } from '../learning/measured.js';
import type { Layout } from '../learning/parameters.js';
import { actorCriticGradient, lessonsOf, meanReturn, type Discounts } from '../learning/sampled.js';
import { stateValueParts } from '../learning/state-value.js';
import type { Algorithm, Learner, LearnerContext, Update } from './algorithm.js';
import { softmaxActor, temperatureOf } from './softmax-actor.js';

/**
 * A choice is felt for about as long as its request is there. Meanwhile (Little's law) as many others are decided as are
 * in flight: some 10 to 50, of which a quarter is on record. gamma 0.9 looks 10 ahead. Every one of them adds its own noise,
 * the spread of sizes, and the critic sees what matters of the rest: lambda 0.8 leaves most of it to the critic.
 */
export const DISCOUNTS: Discounts = { gamma: 0.9, lambda: 0.8 };
/** Fewer decisions than this make no update. */
const LEAST_DECISIONS = 8;

const actor = softmaxActor(stateValueParts);

class A2cLearner implements Learner {
  readonly #layout: Layout;

  constructor(readonly context: LearnerContext) {
    this.#layout = actor.layout(context.hyperparameters);
  }

  update(
    parameters: Float32Array,
    _fresh: readonly Experience[],
    settled: readonly Experience[],
  ): Update | undefined {
    const { tf, hyperparameters, exploration } = this.context;
    const { reward, clipAdvantage: most } = hyperparameters;
    const stretches = settled.flatMap((experience) => transitionsOf(experience, { ...reward, others: 0 }));
    const total = stretches.reduce((sum, { length }) => sum + length - 1, 0);
    if (total < LEAST_DECISIONS) return undefined;
    const lessons = lessonsOf(tf, this.#layout, parameters, stretches, { ...DISCOUNTS, most });
    const weightsOf = { value: hyperparameters.value, entropy: hyperparameters.entropy * exploration };
    const { gradient, parts } = actorCriticGradient(
      { tf, layout: this.#layout, parameters },
      { lessons, total },
      weightsOf,
      (taken, { advantage }) => tf.mul(taken, tf.tensor1d(advantage)),
    );
    const temperature = temperatureOf(parameters, this.#layout);
    return { gradient, metrics: { ...parts, return: meanReturn(stretches.flat()), temperature } };
  }
}

export const a2c: Algorithm = {
  name: 'a2c',
  ...actor,
  create: (context) => new A2cLearner(context),
};
