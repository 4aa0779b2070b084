// The forward pass of docs/contracts.md in plain TypeScript, step by step. It exists to hold the wasm to the contract
// bit for bit; nothing decides with it.
import { CONTEXT, FEATURES, type Model } from './model.js';

/** Nearest integer, halves to even, as wasm's `f32.nearest`. */
export function nearest(x: number): number {
  const below = Math.floor(x);
  const rest = x - below;
  if (rest < 0.5) return below;
  return rest > 0.5 || below % 2 !== 0 ? below + 1 : below;
}

/** tanh of an int8 in units of 1/32, as an int8 in units of 1/127; entry 0 is -128. */
export const ACTIVATION = Int8Array.from({ length: 256 }, (_, i) => nearest(127 * Math.tanh((i - 128) / 32)));

function activate(accumulator: number, scale: number): number {
  // fround(accumulator): i32 to f32 rounds; an i32 has up to 31 significant bits, an f32 has 24.
  const scaled = nearest(Math.fround(Math.fround(accumulator) * scale));
  return ACTIVATION[Math.min(127, Math.max(-128, scaled)) + 128]!;
}

/** `row` of a row-major matrix times the vector that starts at `from`. */
function dot(matrix: Int8Array, row: number, vector: Int8Array, from: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += matrix[row * length + i]! * vector[from + i]!;
  return sum;
}

/**
 * Residual of every endpoint's score.
 * @param features n rows of FEATURES int8, units of 1/32
 * @param context CONTEXT int8, units of 1/32
 */
export function forward(model: Model, features: Int8Array, context: Int8Array): Float32Array {
  const { hidden1, hidden2 } = model;
  const endpoints = features.length / FEATURES;
  if (!Number.isInteger(endpoints))
    throw new RangeError(`${features.length} features are not rows of ${FEATURES}`);
  if (context.length !== CONTEXT)
    throw new RangeError(`context has ${context.length} values, not ${CONTEXT}`);
  const hidden = new Int8Array(endpoints * hidden1);
  const mean = new Int8Array(hidden1);
  for (let j = 0; j < hidden1; j++) {
    const shared = dot(model.v1, j, context, 0, CONTEXT) + model.bias1[j]!;
    let sum = 0;
    for (let e = 0; e < endpoints; e++) {
      // `| 0`: accumulators are int32 and wrap, as in wasm.
      const h = activate((dot(model.w1, j, features, e * FEATURES, FEATURES) + shared) | 0, model.scale1[j]!);
      hidden[e * hidden1 + j] = h;
      sum += h;
    }
    mean[j] = nearest(Math.fround(sum / endpoints));
  }
  const residuals = new Float32Array(endpoints);
  for (let e = 0; e < endpoints; e++) {
    let output = model.bias3;
    for (let j = 0; j < hidden2; j++) {
      const own = dot(model.w2, j, hidden, e * hidden1, hidden1);
      const pooled = dot(model.u2, j, mean, 0, hidden1);
      output += model.w3[j]! * activate((own + pooled + model.bias2[j]!) | 0, model.scale2[j]!);
    }
    residuals[e] = Math.fround(output | 0) * Math.fround(model.outputScale);
  }
  return residuals;
}
