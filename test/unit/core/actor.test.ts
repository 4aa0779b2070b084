import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { CONTEXT, FEATURES, type Model } from '../../../trainer/actor/model.js';
import { ACTIVATION, forward } from '../../../trainer/actor/reference.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { seededRandom } from '../../plugin/support/seeded-random.js';
import { anyModel } from '../actor/models.js';
import { address, bitsFrom, choices, cluster, freshCore } from './support.js';

const core = freshCore();

function int8s(length: number, seed: number): Int8Array {
  const next = seededRandom(seed);
  return Int8Array.from({ length }, () => next() & 255);
}
function run(model: Model, features: Int8Array, context: Int8Array): Float32Array {
  expect(core.loadModel(encodeModel(model))).toBe('none');
  return core.forward(features, context);
}
/** The very bits, so that -0 and 0 differ. */
const bitsOf = (values: Float32Array) => [
  ...new Uint32Array(values.buffer, values.byteOffset, values.length),
];
const sizes = [4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64];

describe('the forward pass', () => {
  it('has the bits of the reference for every shape', () => {
    for (const hidden1 of sizes) {
      for (const hidden2 of sizes) {
        const model = untrainedModel({ seed: hidden1 * 64 + hidden2, scale: 2, hidden1, hidden2 });
        const endpoints = 1 + ((hidden1 * 7 + hidden2) % 11);
        const features = int8s(endpoints * FEATURES, hidden1);
        const context = int8s(CONTEXT, hidden2);
        expect(bitsOf(run(model, features, context))).toEqual(bitsOf(forward(model, features, context)));
      }
    }
  });

  it('has the bits of the reference for 1 to 256 endpoints', () => {
    const model = untrainedModel({ seed: 4, scale: 2 });
    const context = int8s(CONTEXT, 9);
    for (const endpoints of [1, 2, 3, 4, 5, 6, 7, 8, 9, 31, 64, 127, 200, 253, 254, 255, 256]) {
      const features = int8s(endpoints * FEATURES, endpoints);
      expect(bitsOf(run(model, features, context))).toEqual(bitsOf(forward(model, features, context)));
    }
  });

  it('has the bits of the reference for any model: any scale, any bias, overflow and all', () => {
    const inputs = fc.integer({ min: 1, max: 13 }).chain((n) =>
      fc.record({
        features: fc.int8Array({ minLength: n * FEATURES, maxLength: n * FEATURES }),
        context: fc.int8Array({ minLength: CONTEXT, maxLength: CONTEXT }),
      }),
    );
    fc.assert(
      fc.property(anyModel, inputs, (model, { features, context }) => {
        expect(bitsOf(run(model, features, context))).toEqual(bitsOf(forward(model, features, context)));
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  it('rounds and clamps pre-activations as the reference, on halves and at the ends', () => {
    const base = untrainedModel({ seed: 1, scale: 1, hidden1: 4, hidden2: 4 });
    const none = { w1: base.w1.fill(0), v1: base.v1.fill(0) };
    for (let start = -300; start < 300; start += 4) {
      const bias1 = Int32Array.from({ length: 4 }, (_, i) => start + i);
      const model: Model = { ...base, ...none, bias1, scale1: new Float32Array(4).fill(0.5) };
      const features = new Int8Array(FEATURES);
      expect(bitsOf(run(model, features, int8s(CONTEXT, 1)))).toEqual(
        bitsOf(forward(model, features, int8s(CONTEXT, 1))),
      );
    }
  });

  it('reads the activation table nearest(127 tanh(q / 32)) for every q', () => {
    // One channel follows the bias, the output follows it alone, the second layer maps h to a known index.
    const zero = untrainedModel({ hidden1: 4, hidden2: 4 });
    const one = new Float32Array(4).fill(1);
    for (let q = -128; q < 128; q++) {
      const model: Model = {
        ...zero,
        w1: new Int8Array(4 * FEATURES),
        v1: new Int8Array(4 * CONTEXT),
        w2: new Int8Array(16),
        u2: new Int8Array(16),
        bias2: Int32Array.of(q, 0, 0, 0),
        scale2: one,
        w3: Int8Array.of(1, 0, 0, 0),
        outputScale: 1,
      };
      const [residual] = run(model, new Int8Array(FEATURES), new Int8Array(CONTEXT));
      expect(residual! + 0).toBe(Math.round(127 * Math.tanh(q / 32)) + 0);
      expect(residual! + 0).toBe(ACTIVATION[q + 128]! + 0);
    }
  });

  it('permutes its residuals with its endpoints, exactly', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 40 }), fc.nat(), (n, seed) => {
        const model = untrainedModel({ seed, scale: 2, hidden1: 16, hidden2: 8 });
        const features = int8s(n * FEATURES, seed);
        const context = int8s(CONTEXT, seed + 1);
        const residuals = run(model, features, context);
        const next = seededRandom(seed + 2);
        const order = Array.from({ length: n }, (_, i) => i).sort(() => (next() & 1 ? 1 : -1));
        const permuted = new Int8Array(n * FEATURES);
        order.forEach((from, to) =>
          permuted.set(features.subarray(from * FEATURES, (from + 1) * FEATURES), to * FEATURES),
        );
        expect(bitsOf(run(model, permuted, context))).toEqual(
          bitsOf(Float32Array.from(order, (from) => residuals[from]!)),
        );
      }),
      { seed: 2, numRuns: 60 },
    );
  });

  it('is not touched by what lies in the padding lanes from a decision with more endpoints', () => {
    const model = untrainedModel({ seed: 6, scale: 2 });
    const context = int8s(CONTEXT, 3);
    for (let n = 1; n <= 9; n++) {
      const features = int8s(n * FEATURES, n);
      core.loadModel(encodeModel(model));
      core.forward(int8s(32 * FEATURES, 77 + n), context);
      expect(bitsOf(core.forward(features, context))).toEqual(bitsOf(forward(model, features, context)));
    }
  });
});

/** Clusters of the same endpoints, once with holes between them and once without. */
function settle(endpoints: readonly number[], size: number): void {
  cluster(core, size);
  const kept = new Set(endpoints);
  for (let i = 0; i < size; i++) {
    const k = kept.has(i) ? endpoints.indexOf(i) : 50 + i;
    core.set('Requests', i, (k * 3) % 7);
    core.set('Latency', i, 5 + ((k * 7) % 11));
    core.set('Deviation', i, 1 + (k % 3));
    core.set('Affinity', i, ((k * 5) % 9) / 4 - 1);
  }
  core.setCluster(1, 10);
  for (let i = 0; i < size; i++) if (!kept.has(i)) core.remove(i);
}

describe('the actor', () => {
  it('does not count the holes of the table', () => {
    core.loadModel(encodeModel(untrainedModel({ seed: 8, scale: 3 })));
    core.setBounds({ max: 1e9 });
    core.setPolicy('actor');
    const holey = [1, 2, 5, 6, 10, 13];
    settle(holey, 15);
    core.decide(20, 1, 2);
    const scores = holey.map((i) => core.get('Score', i));
    const weights = holey.map((i) => core.get('Weight', i));
    settle([0, 1, 2, 3, 4, 5], 6);
    core.decide(20, 1, 2);
    expect([0, 1, 2, 3, 4, 5].map((i) => core.get('Score', i))).toEqual(scores);
    [0, 1, 2, 3, 4, 5].forEach((i) => expect(core.get('Weight', i)).toBeCloseTo(weights[i]!, 6));
    core.setBounds();
  });

  it('with a zero output layer orders the endpoints exactly as ewma-full, and chooses its best as it cools', () => {
    core.setBounds({ max: 1e9 });
    const next = seededRandom(3);
    for (let round = 0; round < 50; round++) {
      const n = 2 + (next() % 30);
      cluster(core, n);
      for (let i = 0; i < n; i++) {
        core.set('Requests', i, next() % 20);
        core.latency(i, 1 + (next() % 1000) / 10, i);
      }
      core.setPolicy('ewma-full');
      const best = core.decide(300, 0, 0);
      const scores = Array.from({ length: n }, (_, i) => core.get('Score', i));
      core.loadModel(encodeModel(untrainedModel({ temperature: 1e-4 })));
      core.setPolicy('actor');
      const bits = bitsFrom(round);
      const chosen = Array.from({ length: 20 }, () => core.decide(300, ...bits()));
      expect(Array.from({ length: n }, (_, i) => core.get('Score', i))).toEqual(scores);
      // A tie is shared; otherwise the best is certain.
      for (const i of chosen) expect(scores[i]).toBe(scores[best]);
    }
    core.setBounds();
  });

  it('says with which probability it chose, and samples by it', () => {
    core.loadModel(encodeModel(untrainedModel({ seed: 2, scale: 0.5, temperature: 1 })));
    core.setPolicy('actor');
    cluster(core, 5);
    [1, 0, 2, 1, 3].forEach((load, i) => core.set('Requests', i, load));
    const trials = 20_000;
    const counts = new Array<number>(5).fill(0);
    for (const i of choices(core, trials, 10)) counts[i]! += 1;
    for (let i = 0; i < 5; i++) {
      const weight = core.get('Weight', i);
      expect(Math.abs(counts[i]! - trials * weight)).toBeLessThan(
        5 * Math.sqrt(trials * weight * (1 - weight)),
      );
    }
    const chosen = core.decide(10, 12345, 6789);
    expect(core.probability()).toBe(core.get('Weight', chosen));
  });

  it('chooses a present endpoint whatever the numbers of its model', () => {
    fc.assert(
      fc.property(anyModel, fc.nat(), (model, bits) => {
        core.loadModel(encodeModel(model));
        core.setPolicy('actor');
        cluster(core, 5);
        core.remove(2);
        core.start(0, 1, 1);
        core.latency(1, 20, 2);
        const chosen = core.decide(5, bits >>> 0, bits >>> 0);
        expect([0, 1, 3, 4]).toContain(chosen);
        const weights = [0, 1, 2, 3, 4].map((i) => core.get('Weight', i));
        expect(weights.reduce((a, b) => a + b)).toBeCloseTo(1, 4);
      }),
      { seed: 5, numRuns: 150 },
    );
    expect(core.find(address(2))).toBe(-1);
  });
});
