// Gradients of the network against finite differences. Rounding has no gradient: what is computed instead is that of the
// network without rounding, at the rounded weights (straight-through). So the reference is the plain network in doubles, at
// weights on the grid, where rounding changes nothing.
import { describe, expect, it } from 'vitest';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { createRandom, type Random } from '../../../trainer/environment/random.js';
import { loadBackend } from '../../../trainer/learning/backend.js';
import { toBatches } from '../../../trainer/learning/batch.js';
import {
  actorParts,
  initialise,
  layout,
  networkOf,
  type Layout,
} from '../../../trainer/learning/parameters.js';
import { batchTensors, logPolicy, lossGradient, scores } from '../../../trainer/learning/tensors.js';
import { BACKENDS, experienceOf, normal, plainForward, randomFeatures, type Made } from './support.js';

const [H1, H2] = [8, 4];
const shape = layout([
  ...actorParts(H1, H2),
  { name: 'temperature', rows: 1, columns: 1, fanIn: 0 },
  { name: 'unused', rows: 2, columns: 3, fanIn: 0 },
]);

/** Every channel has its largest weight at 127 steps of 2^-k, and all others at whole steps: exact in floats. */
function onGrid({ parts, size }: Layout, random: Random): Float32Array {
  const values = new Float32Array(size);
  const step = (name: string) => (name.endsWith('3') ? 2 ** -8 : 2 ** -9);
  for (const { name, rows, columns, offset } of parts)
    for (let i = 0; i < rows * columns; i++) {
      const isLargest = i % columns === 0;
      if (/^[wuv]/.test(name)) values[offset + i] = step(name) * (isLargest ? 127 : random.int(253) - 126);
      else if (name.startsWith('b')) values[offset + i] = 0.3 * normal(random);
    }
  values[parts.find(({ name }) => name === 'temperature')!.offset] = Math.log(0.5);
  return values;
}

/** Of different sizes, so that some cells are padding; the last endpoint of each cannot be chosen. */
const decisions = (random: Random): Made[] =>
  [3, 5, 2, 4].map((size) => ({
    context: randomFeatures(random, CONTEXT),
    rows: Array.from({ length: size + 1 }, (_, row) => ({
      features: randomFeatures(random, FEATURES),
      base: normal(random),
      weight: row < size ? 1 / size : -1,
    })),
  }));

const near1 = (values: ArrayLike<number>) => Array.from(values, (value) => value / 32);

/** What a loss over the network in doubles comes to. @param loss of a decision's scores and temperature */
function plainLoss(
  parameters: Float64Array,
  made: readonly Made[],
  loss: (scores: number[], temperature: number, decision: number) => number,
): number {
  const network = networkOf(parameters as unknown as Float32Array, shape);
  const temperature = Math.exp(parameters[shape.parts.find(({ name }) => name === 'temperature')!.offset]!);
  return made.reduce((sum, { rows, context }, d) => {
    const features = rows.flatMap((row) => near1(row.features!));
    const residuals = plainForward(network, features, near1(context!));
    return (
      sum +
      loss(
        residuals.map((residual, e) => residual + rows[e]!.base!),
        temperature,
        d,
      )
    );
  }, 0);
}

/** Central differences: with doubles, steps of 10^-5 leave errors of some 10^-10. */
function differences(parameters: Float32Array, loss: (parameters: Float64Array) => number): number[] {
  const STEP = 1e-5;
  const moved = Float64Array.from(parameters);
  return Array.from(parameters, (value, i) => {
    moved[i] = value + STEP;
    const above = loss(moved);
    moved[i] = value - STEP;
    const below = loss(moved);
    moved[i] = value;
    return (above - below) / (2 * STEP);
  });
}

for (const { choice, missing } of BACKENDS) {
  describe.skipIf(missing !== undefined)(`the gradient on ${choice}`, () => {
    const random = createRandom(5);
    const parameters = onGrid(shape, random);
    const made = decisions(random);
    const batch = toBatches([experienceOf(...made)])[0]!;
    const { endpoints } = batch;
    const costs = Float32Array.from({ length: batch.decisions * endpoints }, () => normal(random));

    /** Floats of 24 bits: some 10^-6 of the largest. */
    function expectSame(gradient: Float32Array, expected: readonly number[]): void {
      const largest = Math.max(...expected.map(Math.abs));
      expect(largest).toBeGreaterThan(0.01);
      for (const { name, offset, rows, columns } of shape.parts) {
        for (let i = offset; i < offset + rows * columns; i++)
          expect(Math.abs(gradient[i]! - expected[i]!), `${name}[${i - offset}]`).toBeLessThan(
            2e-5 * largest,
          );
      }
    }

    it('of the scores is that of the network in doubles, at every weight', async () => {
      const { tf } = await loadBackend(choice);
      const { loss, gradient } = lossGradient(tf, shape, parameters, (weights, ops) =>
        tf.sum(
          tf.mul(
            tf.mul(
              scores(tf, ops, weights, batchTensors(tf, batch)),
              tf.tensor2d(batch.present, [4, endpoints]),
            ),
            tf.tensor2d(costs, [4, endpoints]),
          ),
        ),
      );
      const plain = (at: Float64Array) =>
        plainLoss(at, made, (of, _, d) =>
          of.reduce((sum, score, e) => sum + score * costs[d * endpoints + e]!, 0),
        );
      expect(loss).toBeCloseTo(plain(Float64Array.from(parameters)), 3);
      expectSame(gradient, differences(parameters, plain));
    });

    it('of the expected cost under the policy is that of the network in doubles, temperature and padding included', async () => {
      const { tf } = await loadBackend(choice);
      const { loss, gradient } = lossGradient(tf, shape, parameters, (weights, ops) => {
        const tensors = batchTensors(tf, batch);
        const policy = tf.mul(tf.exp(logPolicy(tf, ops, weights, tensors)), tensors.eligible);
        return tf.sum(tf.mul(policy, tf.tensor2d(costs, [4, endpoints])));
      });
      const plain = (at: Float64Array) =>
        plainLoss(at, made, (of, temperature, d) => {
          const weights = of.map((score, e) =>
            made[d]!.rows[e]!.weight! < 0 ? 0 : 2 ** (score / temperature),
          );
          const sum = weights.reduce((a, b) => a + b);
          return weights.reduce((cost, weight, e) => cost + (weight / sum) * costs[d * endpoints + e]!, 0);
        });
      expect(loss).toBeCloseTo(plain(Float64Array.from(parameters)), 4);
      expectSame(gradient, differences(parameters, plain));
    });

    it('passes rounding unchanged: off the grid it is that of the rounded weights', async () => {
      const { tf } = await loadBackend(choice);
      const of = (at: Float32Array) =>
        lossGradient(tf, shape, at, (weights, ops) =>
          tf.sum(scores(tf, ops, weights, batchTensors(tf, batch))),
        ).gradient;
      const moved = parameters.slice();
      // A third of a step, but for the largest of each channel, which makes the grid.
      for (const { name, offset, rows, columns } of shape.parts)
        for (let i = 0; i < rows * columns; i++)
          if (/^[wuv]/.test(name) && i % columns !== 0) moved[offset + i]! += 2 ** -9 / 3;
      expect(of(moved)).toEqual(of(parameters));
    });

    it('never leans towards endpoints that cannot be chosen, however low the temperature', async () => {
      const { tf } = await loadBackend(choice);
      const cold = parameters.slice();
      cold[shape.parts.find(({ name }) => name === 'temperature')!.offset] = Math.log(1e-3);
      const rows = [0, -1, 40].map((base, e) => ({
        base,
        weight: e < 2 ? 0.5 : -1,
        features: new Int8Array(FEATURES),
      }));
      const tempting = toBatches([experienceOf({ rows })])[0]!;
      const policy = tf.tidy(() => {
        const weights = Object.fromEntries(
          shape.parts.map(({ name, offset, rows: height, columns }) => [
            name,
            tf.tensor2d(cold.slice(offset, offset + height * columns), [height, columns]),
          ]),
        );
        let result: Float32Array = new Float32Array(0);
        lossGradient(tf, shape, cold, (_, ops) => {
          const logs = logPolicy(tf, ops, weights, batchTensors(tf, tempting));
          result = tf.exp(logs).dataSync() as Float32Array;
          return tf.sum(logs);
        });
        return result;
      });
      // 2^(1 / 0.001) between the first two.
      expect([...policy]).toEqual([1, 0, 0]);
    });

    it('leaves no tensor behind, and is zero where the loss does not reach', async () => {
      const { tf } = await loadBackend(choice);
      const before = tf.memory().numTensors;
      const values = initialise(shape, random);
      const { gradient } = lossGradient(tf, shape, values, (weights) => tf.sum(tf.square(weights['b1']!)));
      expect(tf.memory().numTensors).toBe(before);
      const b1 = shape.parts.find(({ name }) => name === 'b1')!;
      expect([...gradient].every((g, i) => g === 0 || (i >= b1.offset && i < b1.offset + H1))).toBe(true);
    });
  });
}
