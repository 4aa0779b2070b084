// Arbitrary models for property tests.
import fc from 'fast-check';
import { CONTEXT, FEATURES, type Model } from '../../../trainer/actor/model.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';

const hidden = fc.integer({ min: 1, max: 16 }).map((quads) => quads * 4);
const finite = fc.float({ noNaN: true, noDefaultInfinity: true });
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });

function weights(length: number): fc.Arbitrary<Int8Array> {
  return fc.int8Array({ min: -127, max: 127, minLength: length, maxLength: length });
}
function floats(length: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(finite, { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));
}
function words(length: number): fc.Arbitrary<Int32Array> {
  return fc.array(int32, { minLength: length, maxLength: length }).map((values) => Int32Array.from(values));
}

export const anyModel: fc.Arbitrary<Model> = fc.tuple(hidden, hidden).chain(([hidden1, hidden2]) =>
  fc.record({
    id: fc.stringMatching(/^[0-9a-f]{32}$/),
    hidden1: fc.constant(hidden1),
    hidden2: fc.constant(hidden2),
    temperature: fc.float({ noNaN: true, noDefaultInfinity: true, min: 0, minExcluded: true }),
    outputScale: finite,
    scale1: floats(hidden1),
    scale2: floats(hidden2),
    bias1: words(hidden1),
    bias2: words(hidden2),
    bias3: int32,
    w1: weights(hidden1 * FEATURES),
    v1: weights(hidden1 * CONTEXT),
    w2: weights(hidden2 * hidden1),
    u2: weights(hidden2 * hidden1),
    w3: weights(hidden2),
  }),
);

export const small = untrainedModel({ seed: 3, scale: 1, hidden1: 4, hidden2: 4 });
