// A3C: asynchronous advantage actor-critic (Mnih et al., 2016). Each worker decides in its own meshes with its own copy of the
// network and its own exploration, and steps the one global network with the gradient of
//
//   policy loss   sum over actions of pi(a|s) A(s, a),   A(s, a) = R(s, a) - V(s), as costs
//   value loss    of the critic that knows the hidden state
//   - entropy x its weight
//
// The return R of an action is its own latency, known for every action because queues are first in, first out, and the
// delay to the next 64 requests behind it (n-step), which the critic foresees. With the returns of all actions at hand the
// gradient takes the expectation over actions instead of a sample (mean actor-critic: Allen et al., 2017).
import { toBatches, type Batch } from '../learning/batch.js';
import {
  CRITIC_INPUTS,
  CriticMemory,
  criticInputs,
  criticParts,
  delayedLog,
  valueLoss,
} from '../learning/critic.js';
import type { Experience } from '../learning/experience.js';
import type { TF } from '../learning/forward.js';
import type { Layout } from '../learning/parameters.js';
import { advantages, costs } from '../learning/reward.js';
import { batchTensors, logPolicy, lossGradient } from '../learning/tensors.js';
import type { Algorithm, Learner, LearnerContext, Update } from './algorithm.js';
import { softmaxActor, temperatureOf } from './softmax-actor.js';

/** Fewer decisions than this make no update. */
const LEAST_DECISIONS = 8;
/** Counts that each update of the critic takes from its memory. */
const CRITIC_BATCH = 1024;

const actor = softmaxActor(criticParts);

class A3cLearner implements Learner {
  readonly #layout: Layout;
  readonly #memory = new CriticMemory();

  constructor(readonly context: LearnerContext) {
    this.#layout = actor.layout(context.hyperparameters);
  }

  update(
    parameters: Float32Array,
    fresh: readonly Experience[],
    settled: readonly Experience[],
  ): Update | undefined {
    for (const experience of settled) this.#memory.add(experience);
    const batches = toBatches(fresh);
    const total = batches.reduce((sum, { decisions }) => sum + decisions, 0);
    if (total < LEAST_DECISIONS) return undefined;
    const { tf, hyperparameters, random, exploration } = this.context;
    const { inputs, counts } = this.#memory.sample(random, CRITIC_BATCH);
    let returns = 0;
    const parts = { policyLoss: 0, valueLoss: 0, entropy: 0 };
    const { gradient } = lossGradient(tf, this.#layout, parameters, (weights, ops) => {
      let loss = tf.scalar(0);
      for (const batch of batches) {
        const tensors = batchTensors(tf, batch);
        const logs = logPolicy(tf, ops, weights, tensors);
        const policy = tf.mul(tf.exp(logs), tensors.eligible);
        const delays = tf.tidy(() => delaysOf(tf, batch, (x) => delayedLog(tf, weights, x)));
        const cost = costs(batch, delays, hyperparameters.reward);
        returns -= expectation(batch, cost);
        const advantage = advantages(batch, cost, hyperparameters.clipAdvantage);
        const against = tf.tensor2d(advantage, [batch.decisions, batch.endpoints]);
        const policyLoss = tf.div(tf.sum(tf.mul(policy, against)), total);
        const entropy = tf.div(tf.sum(tf.mul(policy, tf.mul(logs, tensors.eligible))), -total);
        parts.policyLoss += policyLoss.dataSync()[0]!;
        parts.entropy += entropy.dataSync()[0]!;
        loss = tf.add(loss, tf.sub(policyLoss, tf.mul(entropy, hyperparameters.entropy * exploration)));
      }
      if (this.#memory.size < CRITIC_BATCH) return loss;
      const shaped = tf.tensor2d(inputs, [CRITIC_BATCH, CRITIC_INPUTS]);
      const value = valueLoss(tf, weights, shaped, tf.tensor2d(counts, [CRITIC_BATCH, 1]));
      parts.valueLoss = value.dataSync()[0]!;
      return tf.add(loss, tf.mul(value, hyperparameters.value));
    });
    const temperature = temperatureOf(parameters, this.#layout);
    return { gradient, metrics: { ...parts, return: returns / total, temperature } };
  }
}

/** Requests that each action is expected to delay: of the critic as it stands, no gradient passes. */
function delaysOf(tf: TF, batch: Batch, log: (inputs: ReturnType<TF['tensor2d']>) => ReturnType<TF['exp']>) {
  const cells = batch.decisions * batch.endpoints;
  const inputs = tf.tensor2d(criticInputs(batch), [cells, CRITIC_INPUTS]);
  return tf.exp(log(inputs)).dataSync() as Float32Array;
}

/** Sum over decisions of the cost that the policy expects. */
function expectation({ behaviour }: Batch, cost: Float32Array): number {
  let sum = 0;
  for (const [cell, probability] of behaviour.entries()) sum += probability * cost[cell]!;
  return sum;
}

export const a3c: Algorithm = {
  name: 'a3c',
  ...actor,
  create: (context) => new A3cLearner(context),
};
