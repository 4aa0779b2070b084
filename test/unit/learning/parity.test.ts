// What is trained against what is served: TensorFlow.js in floats with weights on the int8 grid (trainer/learning/forward.ts)
// against the int8 pass (reference.ts, and simulator.wasm, which is what Envoy runs).
//
// The weights are the same numbers on both sides. The int8 pass rounds besides
//   pre-activations to 1/32, half a step 1/64; beyond 127/32 it cuts, which costs 1 - tanh(127/32) < 1/1000 at most,
//   activations to 1/127, half a step 1/254, and the pooled mean of them to 1/127,
//   biases to half a step of their accumulator: s/64 of layer 1, s/254 of layer 2, s the step of the channel's weights.
// tanh is no steeper than 1, so that errors add up to
//   an activation of layer 1     e1 = 1/64 + s1/64 + 1/254
//   one of layer 2               e2 = sum |w2| e1 + sum |u2| (e1 + 1/254) + 1/64 + s2/254 + 1/254
//   the residual                 e  = sum |w3| e2
// which no endpoint of no network may exceed (`worstCase`), plus 1e-4 for the floats of both sides. Rounding errors are
// about uniform over a step and independent, so that their variances, step^2 / 12, add up the same way with squared
// weights: the root mean square error of a network stays below `spread`, which ignores that tanh is flatter than 1.
// Measured on 200 networks of 32 and 16 channels whose residuals have a root mean square of 0.48 log2 units, on either
// backend: an error of 0.0085 root mean square and 0.033 at most, where `spread` is 0.013 and `worstCase` 0.59; of the
// logarithm of a probability at temperature 0.7, 0.0062 root mean square.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { quantise, type Network } from '../../../trainer/actor/quantise.js';
import { forward } from '../../../trainer/actor/reference.js';
import { loadCore } from '../../../trainer/environment/core.js';
import { createRandom, type Random } from '../../../trainer/environment/random.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import { loadBackend, type TF } from '../../../trainer/learning/backend.js';
import { toBatches } from '../../../trainer/learning/batch.js';
import { ExperienceLog } from '../../../trainer/learning/experience.js';
import { operations, residuals, type Weights } from '../../../trainer/learning/forward.js';
import { batchTensors, logPolicy } from '../../../trainer/learning/tensors.js';
import { BACKENDS, plainForward, randomFeatures, randomNetwork } from './support.js';

const NETWORKS = 200;
/** Floats of 24 bits in sums of some 50 products. */
const FLOATS = 1e-4;
const wasm = readFileSync(fileURLToPath(new URL('../../../build/simulator.wasm', import.meta.url)));

interface Case {
  readonly network: Network;
  readonly endpoints: number;
  readonly features: Int8Array;
  readonly context: Int8Array;
}

function anyCase(random: Random): Case {
  const endpoints = 1 + random.int(24);
  return {
    network: randomNetwork(random),
    endpoints,
    features: randomFeatures(random, endpoints * FEATURES),
    context: randomFeatures(random, CONTEXT),
  };
}

function weightsOf(tf: TF, { hidden1, hidden2, ...network }: Network): Weights {
  const { w1, v1, b1, w2, u2, b2, w3 } = network;
  return {
    w1: tf.tensor2d(w1, [hidden1, FEATURES]),
    v1: tf.tensor2d(v1, [hidden1, CONTEXT]),
    b1: tf.tensor2d(b1, [1, hidden1]),
    w2: tf.tensor2d(w2, [hidden2, hidden1]),
    u2: tf.tensor2d(u2, [hidden2, hidden1]),
    b2: tf.tensor2d(b2, [1, hidden2]),
    w3: tf.tensor2d(w3, [1, hidden2]),
  };
}

function tensorFlow(tf: TF, { network, endpoints, features, context }: Case): Float32Array {
  const near1 = (values: Int8Array) => Float32Array.from(values, (value) => value / 32);
  return tf.tidy(
    () =>
      residuals(tf, operations(tf), weightsOf(tf, network), {
        decisions: 1,
        endpoints,
        features: tf.tensor2d(near1(features), [endpoints, FEATURES]),
        context: tf.tensor2d(near1(context), [1, CONTEXT]),
        present: tf.ones([1, endpoints, 1]),
        inverse: tf.tensor2d([1 / endpoints], [1, 1]),
      }).dataSync() as Float32Array,
  );
}

const STEP1 = 1 / 32;
const STEP2 = 1 / 127;

/** Sum over a row's weights; and their largest step. */
const rowSum = (matrix: Float32Array, row: number, width: number, of: (weight: number) => number) =>
  matrix.subarray(row * width, (row + 1) * width).reduce((sum, weight) => sum + of(weight), 0);
const widest = (...matrices: Float32Array[]) =>
  Math.max(
    ...matrices.map((matrix) => matrix.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0)),
  ) / 127;

/** Weights on the grid are up to half a step off those that are summed here: 1 in 254, hence the factor. */
const GRID = 1 + 1 / 127;

function worstCase({ hidden1, hidden2, w1, v1, w2, u2, w3 }: Network): number {
  const first = STEP1 / 2 + widest(w1, v1) / 64 + STEP2 / 2;
  let sum = 0;
  for (let j = 0; j < hidden2; j++) {
    const own = rowSum(w2, j, hidden1, Math.abs) * first;
    const pooled = rowSum(u2, j, hidden1, Math.abs) * (first + STEP2 / 2);
    sum += Math.abs(w3[j]!) * (own + pooled + STEP1 / 2 + widest(w2, u2) / 254 + STEP2 / 2);
  }
  return GRID * sum + FLOATS;
}

function spread({ hidden1, hidden2, w1, v1, w2, u2, w3 }: Network): number {
  const square = (x: number) => x * x;
  const first = (square(STEP1) + square(widest(w1, v1) / 32) + square(STEP2)) / 12;
  let sum = 0;
  for (let j = 0; j < hidden2; j++) {
    const own = rowSum(w2, j, hidden1, square) * first;
    const pooled = rowSum(u2, j, hidden1, square) * (first + square(STEP2) / 12);
    const rounding = (square(STEP1) + square(widest(w2, u2) / 127) + square(STEP2)) / 12;
    sum += square(w3[j]!) * (own + pooled + rounding);
  }
  return Math.sqrt(sum);
}

for (const { choice, missing } of BACKENDS) {
  describe.skipIf(missing !== undefined)(`what is trained on ${choice} and what is served`, () => {
    it('differ by no more than the rounding of the int8 pass', async () => {
      const { tf } = await loadBackend(choice);
      const random = createRandom(1);
      const core = loadCore(wasm);
      let [squares, count, expected, most] = [0, 0, 0, 0];
      for (let n = 0; n < NETWORKS; n++) {
        const of = anyCase(random);
        const model = quantise(of.network, 1);
        expect(core.loadModel(encodeModel(model))).toBe('none');
        const trained = tensorFlow(tf, of);
        const served = forward(model, of.features, of.context);
        expect(core.forward(of.features, of.context)).toEqual(served);
        const bound = worstCase(of.network);
        for (const [e, residual] of served.entries()) {
          const error = Math.abs(residual - trained[e]!);
          expect(error).toBeLessThan(bound);
          most = Math.max(most, error);
          squares += error * error;
          expected += spread(of.network) ** 2;
          count++;
        }
      }
      expect(Math.sqrt(squares / count)).toBeLessThan(Math.sqrt(expected / count));
      // Else the bounds above would hold whatever is computed.
      expect(most).toBeLessThan(0.06);
    });

    it('record the same probabilities of choices', async () => {
      const { tf } = await loadBackend(choice);
      const random = createRandom(2);
      const network = randomNetwork(random);
      const temperature = 0.7;
      const raw = {
        requests: 2000,
        services: [{ name: 'api', endpoints: [{ count: 5 }, { count: 2, speed: 0.5 }] }],
      };
      const scenario = validateScenario(raw, 'test.json');
      const simulator = new Simulator(loadSimulator(), scenario, {
        policy: 'actor',
        model: encodeModel(quantise(network, temperature)),
        record: { share: 0.2, decisions: 1000, rows: 10_000 },
      });
      simulator.advance(Infinity);
      const { fresh } = new ExperienceLog(scenario).add(simulator.takeDecisions());
      const [batch] = toBatches([fresh]);
      expect(batch!.decisions).toBeGreaterThan(100);
      const logs = tf.tidy(() => {
        const weights = {
          ...weightsOf(tf, network),
          temperature: tf.tensor2d([Math.log(temperature)], [1, 1]),
        };
        return logPolicy(tf, operations(tf), weights, batchTensors(tf, batch!)).dataSync();
      });
      // log p = ln 2 x score / temperature - log of the sum: an error e of the scores is one of 2 ln 2 e / temperature at
      // most. 1e-4 for exp2x4 (4e-6) and floats of scores of some 10.
      const bound = (2 * Math.LN2 * worstCase(network)) / temperature + 1e-4;
      let squares = 0;
      let count = 0;
      for (const [cell, probability] of batch!.behaviour.entries()) {
        if (batch!.eligible[cell] === 0) continue;
        const error = Math.log(probability) - logs[cell]!;
        expect(Math.abs(error)).toBeLessThan(bound);
        squares += error * error;
        count++;
      }
      // The residual's own error and that of the others' mean, of the same size.
      const typical = (Math.SQRT2 * Math.LN2 * spread(network)) / temperature;
      expect(Math.sqrt(squares / count)).toBeLessThan(typical);
    });

    it('are the network in doubles, where weights lie on the grid and activations are not rounded', async () => {
      const { tf } = await loadBackend(choice);
      const random = createRandom(3);
      const of = anyCase(random);
      const model = quantise(of.network, 1);
      const back = (weights: Int8Array, width: number, step: (row: number) => number) =>
        Float32Array.from(weights, (weight, i) => weight * step(Math.floor(i / width)));
      const { hidden1, hidden2 } = of.network;
      const grid: Network = {
        ...of.network,
        w1: back(model.w1, FEATURES, (j) => model.scale1[j]!),
        v1: back(model.v1, CONTEXT, (j) => model.scale1[j]!),
        w2: back(model.w2, hidden1, (j) => (model.scale2[j]! * 127) / 32),
        u2: back(model.u2, hidden1, (j) => (model.scale2[j]! * 127) / 32),
        w3: back(model.w3, hidden2, () => model.outputScale * 127),
      };
      const near1 = (values: Int8Array) => Array.from(values, (value) => value / 32);
      const exact = plainForward(grid, near1(of.features), near1(of.context));
      for (const [e, residual] of tensorFlow(tf, of).entries())
        expect(Math.abs(residual - exact[e]!)).toBeLessThan(FLOATS);
    });
  });
}
