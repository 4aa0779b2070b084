import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CONTEXT, FEATURES, type Model } from '../../../trainer/actor/model.js';
import { ACTIVATION, forward, nearest } from '../../../trainer/actor/reference.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { anyModel } from './models.js';

const int8s = (length: number) => fc.int8Array({ minLength: length, maxLength: length });
const fleet = fc.integer({ min: 1, max: 6 }).chain((n) => fc.tuple(int8s(n * FEATURES), int8s(CONTEXT)));

/** One channel that matters in each layer, so that a case can be worked by hand. */
const plain: Model = {
  ...untrainedModel({ hidden1: 4, hidden2: 4 }),
  scale1: Float32Array.of(0.5, 0, 0, 0),
  scale2: Float32Array.of(0.25, 0, 0, 0),
  bias1: Int32Array.of(4, 0, 0, 0),
  bias2: Int32Array.of(0, 0, 0, 0),
  bias3: 10,
  w1: new Int8Array(4 * FEATURES).fill(2, 0, 1),
  v1: new Int8Array(4 * CONTEXT).fill(3, 0, 1),
  w2: new Int8Array(16).fill(1, 0, 1),
  u2: new Int8Array(16).fill(2, 0, 1),
  w3: Int8Array.of(5, 0, 0, 0),
  outputScale: 0.125,
};

describe('the forward pass', () => {
  it('equals a case worked by hand', () => {
    const features = new Int8Array(2 * FEATURES);
    features[0] = 32;
    features[FEATURES] = -32;
    const context = Int8Array.of(8, 0, 0, 0, 0, 0, 0, 0);
    // Endpoint 0: acc = 2*32 + 3*8 + 4 = 92, q = 46, h = nearest(127 tanh(46/32)) = nearest(113.44) = 113.
    // Endpoint 1: acc = -64 + 28 = -36, q = -18, h = nearest(127 tanh(-18/32)) = nearest(-64.75) = -65.
    // Mean = 48 / 2 = 24. Layer 2: 113 + 48 = 161, q = nearest(40.25) = 40, k = nearest(107.73) = 108;
    // -65 + 48 = -17, q = nearest(-4.25) = -4, k = nearest(-15.79) = -16. Output: (5k + 10) / 8.
    expect([...forward(plain, features, context)]).toEqual([550 / 8, -70 / 8]);
  });

  it('does not depend on the order of the endpoints', () => {
    fc.assert(
      fc.property(anyModel, fleet, (model, [features, context]) => {
        const endpoints = features.length / FEATURES;
        const reversed = new Int8Array(features.length);
        for (let e = 0; e < endpoints; e++)
          reversed.set(features.subarray(e * FEATURES, (e + 1) * FEATURES), (endpoints - 1 - e) * FEATURES);
        expect(forward(model, reversed, context).reverse()).toEqual(forward(model, features, context));
      }),
      { numRuns: 40 },
    );
  });

  it('ignores the mean of one endpoint no more than of many: equal endpoints have equal residuals', () => {
    fc.assert(
      fc.property(anyModel, int8s(FEATURES), int8s(CONTEXT), (model, row, context) => {
        const [alone] = forward(model, row, context);
        expect([...forward(model, Int8Array.of(...row, ...row, ...row), context)]).toEqual([
          alone,
          alone,
          alone,
        ]);
      }),
      { numRuns: 40 },
    );
  });

  it('wraps its accumulators at 32 bits', () => {
    const wrapping = { ...plain, bias1: Int32Array.of(2 ** 31 - 1, 0, 0, 0) };
    const features = new Int8Array(FEATURES);
    features[0] = 1;
    // 2^31 - 1 + 2 wraps to a large negative number: q = -128, h = -127, layer 2: -381 / 4 -> -95, k = -126.
    expect([...forward(wrapping, features, new Int8Array(CONTEXT))]).toEqual([(5 * -126 + 10) / 8]);
  });

  it('refuses inputs of the wrong length', () => {
    expect(() => forward(plain, new Int8Array(21), new Int8Array(CONTEXT))).toThrow(RangeError);
    expect(() => forward(plain, new Int8Array(FEATURES), new Int8Array(7))).toThrow(RangeError);
  });
});

describe('rounding', () => {
  it('takes halves to even', () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4, 2.6, -2.6].map(nearest).map((x) => x + 0)).toEqual([
      0, 2, 2, 0, -2, -2, 2, 3, -3,
    ]);
    expect([Infinity, -Infinity].map(nearest)).toEqual([Infinity, -Infinity]);
  });

  it('has no activation near a half, where a machine with another tanh would round the other way', () => {
    for (let q = -128; q <= 127; q++) {
      const exact = 127 * Math.tanh(q / 32);
      expect(Math.abs(Math.abs(exact - Math.trunc(exact)) - 0.5)).toBeGreaterThan(1e-6);
    }
    expect(ACTIVATION[0]).toBe(-127);
    expect(ACTIVATION[128]).toBe(0);
  });
});
