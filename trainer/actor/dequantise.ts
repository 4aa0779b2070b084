// Back from the network that is served to one that can be trained: what a training starts from when all that it has of its
// parent is the model file.
import type { Model } from './model.js';
import { ACTIVATION_UNIT, INPUT_UNIT, type Network } from './quantise.js';

/** The inverse of `quantise`: quantised again it gives the same weights, and scales that differ in their last bit at most. */
export function dequantise(model: Model): Network {
  const { hidden1, hidden2, w1, v1, w2, u2, w3 } = model;
  const scales1 = Float64Array.from(model.scale1);
  const scales2 = Float64Array.from(model.scale2, (scale) => (scale * ACTIVATION_UNIT) / INPUT_UNIT);
  const last = model.outputScale * ACTIVATION_UNIT;
  return {
    hidden1,
    hidden2,
    w1: natural(w1, scales1),
    v1: natural(v1, scales1),
    b1: Float32Array.from(model.bias1, (steps, channel) => (steps * scales1[channel]!) / INPUT_UNIT),
    w2: natural(w2, scales2),
    u2: natural(u2, scales2),
    b2: Float32Array.from(model.bias2, (steps, channel) => (steps * scales2[channel]!) / ACTIVATION_UNIT),
    w3: Float32Array.from(w3, (steps) => steps * last),
  };
}

/** @param scales one a channel (row) */
function natural(weights: Int8Array, scales: Float64Array): Float32Array {
  const columns = weights.length / scales.length;
  return Float32Array.from(weights, (steps, i) => steps * scales[Math.floor(i / columns)]!);
}
