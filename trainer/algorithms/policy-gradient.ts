// REINFORCE (Williams, Simple Statistical Gradient-Following Algorithms for Connectionist Reinforcement Learning, 1992): the
// policy gradient with nothing but what was measured.
//
//   policy loss   log pi(a|s) (C - b), as costs
//   - entropy x its weight
//
// C is the cost of the action taken, once its outcome is known: the request's own latency and the delay that it caused to the
// next 64 behind it (as time, not as a forecast), in the utility of reward.ts. The baseline b is the running mean of the
// service's costs and knows nothing of the state: what a request meets by chance, its size above all, is noise here.
import { batchesOf } from '../learning/batch.js';
import type { Experience } from '../learning/experience.js';
import { transitionsOf } from '../learning/measured.js';
import type { Layout } from '../learning/parameters.js';
import { atChosen, entropySum, meanReturn, scale } from '../learning/sampled.js';
import { batchTensors, logPolicy, lossGradient } from '../learning/tensors.js';
import type { Algorithm, Learner, LearnerContext, Update } from './algorithm.js';
import { softmaxActor, temperatureOf } from './softmax-actor.js';

/** Fewer decisions than this make no update. */
const LEAST_DECISIONS = 8;

const actor = softmaxActor([]);

class PolicyGradientLearner implements Learner {
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
    const { reward, clipAdvantage } = hyperparameters;
    const transitions = settled.flatMap((experience) => transitionsOf(experience, reward).flat());
    const total = transitions.length;
    if (total < LEAST_DECISIONS) return undefined;
    const advantages = scale(new Map(transitions.map((of) => [of, of.cost])), clipAdvantage);
    const parts = { policyLoss: 0, valueLoss: 0, entropy: 0 };
    const { gradient } = lossGradient(tf, this.#layout, parameters, (weights, ops) => {
      let loss = tf.scalar(0);
      for (const batch of batchesOf(transitions)) {
        const tensors = batchTensors(tf, batch);
        const logs = logPolicy(tf, ops, weights, tensors);
        const advantage = tf.tensor1d(batch.origin.map((of) => advantages.get(of)!));
        const policyLoss = tf.div(tf.sum(tf.mul(atChosen(tf, logs, batch), advantage)), total);
        const entropy = tf.div(entropySum(tf, logs, tensors.eligible), total);
        parts.policyLoss += policyLoss.dataSync()[0]!;
        parts.entropy += entropy.dataSync()[0]!;
        loss = tf.add(loss, tf.sub(policyLoss, tf.mul(entropy, hyperparameters.entropy * exploration)));
      }
      return loss;
    });
    const temperature = temperatureOf(parameters, this.#layout);
    return { gradient, metrics: { ...parts, return: meanReturn(transitions), temperature } };
  }
}

export const policyGradient: Algorithm = {
  name: 'policy-gradient',
  ...actor,
  create: (context) => new PolicyGradientLearner(context),
};
