// The gradients that the learners step with, against central differences of their losses: written down once more in plain
// numbers, without rounding. The weights lie on the grid of int8, where rounding changes nothing.
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { a2c, DISCOUNTS } from '../../../trainer/algorithms/a2c.js';
import { a3c } from '../../../trainer/algorithms/a3c.js';
import type { Algorithm, Hyperparameters } from '../../../trainer/algorithms/algorithm.js';
import { defaultsOf } from '../../../trainer/algorithms/defaults.js';
import { policyGradient } from '../../../trainer/algorithms/policy-gradient.js';
import { EPSILON, ppo } from '../../../trainer/algorithms/ppo.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { loadBackend } from '../../../trainer/learning/backend.js';
import { batchesOf, toBatches, type Batch } from '../../../trainer/learning/batch.js';
import { criticInputs, CRITIC_INPUTS, delayedLog } from '../../../trainer/learning/critic.js';
import type { Experience } from '../../../trainer/learning/experience.js';
import { transitionsOf } from '../../../trainer/learning/measured.js';
import { MeshStatistics } from '../../../trainer/learning/mesh-statistics.js';
import type { Layout } from '../../../trainer/learning/parameters.js';
import { advantages, costs } from '../../../trainer/learning/reward.js';
import { lessonsOf, scale } from '../../../trainer/learning/sampled.js';
import { STATE_INPUTS } from '../../../trainer/learning/state-value.js';
import { withWeights } from '../../../trainer/learning/tensors.js';
import { settledStretch } from './support.js';

const { tf } = await loadBackend('wasm');

/** Channels of the hidden layers; weights of entropy and value that are no ornament. */
const SIZE = { hidden1: 4, hidden2: 4, entropy: 0.1, value: 0.3 };
const CHANNELS_OF_VALUE = 24;

type Values = Float64Array;
/** A loss at any parameters, everything that passes no gradient fixed at those given. */
type LossOf = (
  seen: Experience,
  at: Float32Array,
  parts: Layout,
  h: Hyperparameters,
) => (x: Values) => number;

let seen: Experience;
beforeAll(() => {
  seen = settledStretch();
});

/** The running means of a mesh that has seen nothing yet. */
const fresh = (experience: Experience): Experience => ({ ...experience, statistics: new MeshStatistics() });

const named =
  ({ parts }: Layout, x: Values) =>
  (name: string) => {
    const { offset, rows, columns } = parts.find((part) => part.name === name)!;
    return x.subarray(offset, offset + rows * columns);
  };

const dot = (matrix: Values, row: number, vector: ArrayLike<number>): number =>
  Array.from(vector).reduce((sum, v, i) => sum + matrix[row * vector.length + i]! * v, 0);

/** log pi, and the entropy, of decision d. */
function policyOf(batch: Batch, d: number, part: ReturnType<typeof named>) {
  const { hidden1, hidden2 } = SIZE;
  const cells = Array.from({ length: batch.endpoints }, (_, e) => d * batch.endpoints + e).filter(
    (cell) => batch.present[cell] === 1,
  );
  const context = batch.context.subarray(d * CONTEXT, (d + 1) * CONTEXT);
  const channels = (count: number, of: (j: number) => number) =>
    Array.from({ length: count }, (_, j) => of(j));
  const first = cells.map((cell) =>
    channels(hidden1, (j) =>
      Math.tanh(
        dot(part('w1'), j, batch.features.subarray(cell * FEATURES, (cell + 1) * FEATURES)) +
          dot(part('v1'), j, context) +
          part('b1')[j]!,
      ),
    ),
  );
  const pooled = channels(hidden1, (j) => first.reduce((sum, h) => sum + h[j]!, 0) / cells.length);
  const logits = cells.map((cell, i) => {
    const second = channels(hidden2, (j) =>
      Math.tanh(dot(part('w2'), j, first[i]!) + dot(part('u2'), j, pooled) + part('b2')[j]!),
    );
    const score = dot(part('w3'), 0, second) + batch.base[cell]!;
    return batch.eligible[cell] === 1 ? (score * Math.LN2) / Math.exp(part('temperature')[0]!) : -Infinity;
  });
  const top = Math.max(...logits);
  const log = Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0)) + top;
  const logs = logits.map((logit) => logit - log);
  const entropy = -logs.reduce((sum, l) => sum + (l > -Infinity ? Math.exp(l) * l : 0), 0);
  return { logs, entropy };
}

function valueOf(states: Float32Array, d: number, part: ReturnType<typeof named>): number {
  const inputs = states.subarray(d * STATE_INPUTS, (d + 1) * STATE_INPUTS);
  const hidden = Array.from({ length: CHANNELS_OF_VALUE }, (_, j) =>
    Math.tanh(dot(part('value1'), j, inputs) + part('valueBias1')[j]!),
  );
  return dot(part('value2'), 0, hidden) + part('valueBias2')[0]!;
}

/** Sum over the decisions of some batches. */
const summed = (batches: readonly Batch[], of: (batch: Batch, d: number) => number): number =>
  batches.reduce(
    (sum, batch) =>
      sum + Array.from({ length: batch.decisions }, (_, d) => of(batch, d)).reduce((a, b) => a + b),
    0,
  );

const a3cLoss: LossOf = (experience, at, parts, h) => {
  const batches = toBatches([fresh(experience)]);
  const total = batches.reduce((sum, { decisions }) => sum + decisions, 0);
  const against = new Map(
    batches.map((batch) => {
      const inputs = criticInputs(batch);
      const delays = withWeights(tf, parts, at, (weights) =>
        tf.exp(delayedLog(tf, weights, tf.tensor2d(inputs, [inputs.length / CRITIC_INPUTS, CRITIC_INPUTS]))),
      );
      return [batch, advantages(batch, costs(batch, delays, h.reward), h.clipAdvantage)];
    }),
  );
  return (x) =>
    summed(batches, (batch, d) => {
      const { logs, entropy } = policyOf(batch, d, named(parts, x));
      const expected = logs.reduce(
        (sum, l, e) => sum + Math.exp(l) * against.get(batch)![d * batch.endpoints + e]!,
        0,
      );
      return (expected - h.entropy * entropy) / total;
    });
};

const policyGradientLoss: LossOf = (experience, _at, parts, h) => {
  const transitions = transitionsOf(fresh(experience), h.reward).flat();
  const advantage = scale(new Map(transitions.map((of) => [of, of.cost])), h.clipAdvantage);
  const batches = batchesOf(transitions);
  return (x) =>
    summed(batches, (batch, d) => {
      const { logs, entropy } = policyOf(batch, d, named(parts, x));
      const taken = logs[batch.chosen[d]!]! * advantage.get(batch.origin[d] as (typeof transitions)[number])!;
      return (taken - h.entropy * entropy) / transitions.length;
    });
};

/** @param surrogate of log pi of the choice, the logarithm of its recorded probability and its advantage */
const actorCriticLoss =
  (surrogate: (log: number, before: number, advantage: number) => number): LossOf =>
  (experience, at, parts, h) => {
    const stretches = transitionsOf(fresh(experience), { ...h.reward, others: 0 });
    const total = stretches.reduce((sum, { length }) => sum + length - 1, 0);
    const lessons = lessonsOf(tf, parts, at, stretches, { ...DISCOUNTS, most: h.clipAdvantage });
    const lessonOf = new Map<Batch, (typeof lessons)[number]>(
      lessons.map((lesson) => [lesson.batch, lesson]),
    );
    return (x) =>
      summed([...lessonOf.keys()], (batch, d) => {
        const part = named(parts, x);
        const { states, returns, learned, advantage } = lessonOf.get(batch)!;
        const { logs, entropy } = policyOf(batch, d, part);
        const taken = batch.chosen[d]!;
        const before = Math.log(batch.behaviour[d * batch.endpoints + taken]!);
        const policy = surrogate(logs[taken]!, before, advantage[d]!);
        const value = (learned[d]! * (valueOf(states, d, part) - returns[d]!) ** 2) / 2;
        return (policy + h.value * value - h.entropy * entropy) / total;
      });
  };

const a2cLoss = actorCriticLoss((log, _before, advantage) => log * advantage);
const ppoLoss = actorCriticLoss((log, before, advantage) => {
  const ratio = Math.exp(log - before);
  const bounded = Math.min(1 + EPSILON, Math.max(1 - EPSILON, ratio));
  return Math.max(ratio * advantage, bounded * advantage);
});

/** First parameters, none of them zero, the matrices on the grid of int8: so many steps of 1/127 of the channel's largest. */
function onGrid(algorithm: Algorithm, h: Hyperparameters): Float32Array {
  const random = createRandom(7);
  const { parts } = algorithm.layout(h);
  const x = algorithm.initialise(h, random).map((value) => value || (random.next() - 0.5) / 2);
  for (const channels of [['w1', 'v1'], ['w2', 'u2'], ['w3']]) {
    const matrices = parts.filter(({ name }) => channels.includes(name));
    for (let channel = 0; channel < matrices[0]!.rows; channel++) {
      const rows = matrices.map(({ offset, columns }) =>
        x.subarray(offset + channel * columns, offset + (channel + 1) * columns),
      );
      if (channels[0] === 'w3') for (const row of rows) row.forEach((_, i) => (row[i] = random.next() - 0.5));
      const step = Math.max(...rows.flatMap((row) => [...row].map(Math.abs))) / 127;
      for (const row of rows) row.forEach((value, i) => (row[i] = Math.round(value / step) * step));
    }
  }
  return x;
}

describe.each([
  { name: 'a3c', algorithm: a3c, lossOf: a3cLoss },
  { name: 'policy-gradient', algorithm: policyGradient, lossOf: policyGradientLoss },
  { name: 'a2c', algorithm: a2c, lossOf: a2cLoss },
  { name: 'ppo', algorithm: ppo, lossOf: ppoLoss },
])('the gradient of $name', ({ algorithm, lossOf }) => {
  it('is what central differences of its loss say', () => {
    const h = { ...defaultsOf(algorithm), ...SIZE };
    const parts = algorithm.layout(h);
    const at = onGrid(algorithm, h);
    const learner = algorithm.create({ tf, hyperparameters: h, random: createRandom(1), exploration: 1 });
    const given = [fresh(seen)];
    const { gradient } = learner.update(at, algorithm === a3c ? given : [], algorithm === a3c ? [] : given)!;
    const loss = lossOf(seen, at, parts, h);
    // The differences are exact to some 1e-9 (h^2 and 1e-16 / h), the gradient to the 1e-7 of floats times what is summed.
    const STEP = 1e-4;
    const x = Float64Array.from(at);
    for (const { name, offset, rows, columns } of parts.parts) {
      // Each of a small part, one in seven of a large one, so that all channels and inputs have their turn.
      const size = rows * columns;
      for (let i = offset; i < offset + size; i += size > 64 ? 7 : 1) {
        const middle = x[i]!;
        x[i] = middle + STEP;
        const above = loss(x);
        x[i] = middle - STEP;
        const slope = (above - loss(x)) / (2 * STEP);
        x[i] = middle;
        const off = Math.abs(gradient[i]! - slope);
        expect(off, `${name}[${i - offset}]: ${gradient[i]}, not ${slope}`).toBeLessThan(
          2e-5 + 1e-3 * Math.abs(slope),
        );
      }
    }
    expect(Math.hypot(...gradient)).toBeGreaterThan(0.01);
  });
});
