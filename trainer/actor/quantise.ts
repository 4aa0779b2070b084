// From the network that is trained (floats) to the one that is served (int8 weights, one scale a channel).
import { withContentId } from './content-id.js';
import { CONTEXT, FEATURES, type Model } from './model.js';
import { nearest } from './reference.js';

/** Weights in natural units: inputs and activations are numbers near 1, the output is in log2 units of the score. */
export interface Network {
  readonly hidden1: number;
  readonly hidden2: number;
  /** Matrices are row-major: row = output channel, column = input. */
  readonly w1: Float32Array;
  readonly v1: Float32Array;
  readonly b1: Float32Array;
  readonly w2: Float32Array;
  readonly u2: Float32Array;
  readonly b2: Float32Array;
  readonly w3: Float32Array;
}

/** Inputs are int8 in units of 1/32, activations in units of 1/127 (docs/contracts.md, model file). */
export const INPUT_UNIT = 32;
export const ACTIVATION_UNIT = 127;
const MOST = 127;
/** Of a channel whose weights are all zero, or nearly so: biases are in its steps, and an int32 must hold them. */
export const SMALLEST_SCALE = 1e-6;

/** The step between two int8 weights of a channel: the largest of its weights becomes 127. */
export function channelScale(...rows: readonly Float32Array[]): number {
  let most = 0;
  for (const row of rows) for (const weight of row) most = Math.max(most, Math.abs(weight));
  return Math.max(most / MOST, SMALLEST_SCALE);
}

/** @param temperature of the softmax over scores, log2 units */
export function quantise(network: Network, temperature: number): Model {
  const { hidden1, hidden2 } = network;
  const first = layer(hidden1, [network.w1, FEATURES], [network.v1, CONTEXT]);
  const second = layer(hidden2, [network.w2, hidden1], [network.u2, hidden1]);
  const last = channelScale(network.w3);
  return withContentId({
    hidden1,
    hidden2,
    temperature: Math.fround(temperature),
    outputScale: Math.fround(last / ACTIVATION_UNIT),
    // An accumulator counts weight steps x input steps; times the scale it counts 1/32, the unit of the activation's table.
    scale1: first.scales,
    scale2: second.scales.map((scale) => (scale * INPUT_UNIT) / ACTIVATION_UNIT),
    bias1: biases(network.b1, first.scales, INPUT_UNIT),
    bias2: biases(network.b2, second.scales, ACTIVATION_UNIT),
    bias3: 0,
    w1: first.weights[0]!,
    v1: first.weights[1]!,
    w2: second.weights[0]!,
    u2: second.weights[1]!,
    w3: network.w3.length > 0 ? steps(network.w3, last) : new Int8Array(0),
  });
}

/** Matrices that share the accumulators of their channels share the scales too. */
function layer(channels: number, ...matrices: readonly (readonly [Float32Array, number])[]) {
  const row = ([values, width]: readonly [Float32Array, number], channel: number) =>
    values.subarray(channel * width, (channel + 1) * width);
  const scales = Float32Array.from({ length: channels }, (_, channel) =>
    channelScale(...matrices.map((matrix) => row(matrix, channel))),
  );
  const weights = matrices.map((matrix) => {
    const all = new Int8Array(channels * matrix[1]);
    for (let channel = 0; channel < channels; channel++)
      all.set(steps(row(matrix, channel), scales[channel]!), channel * matrix[1]);
    return all;
  });
  return { scales, weights };
}

const steps = (values: Float32Array, scale: number): Int8Array =>
  Int8Array.from(values, (value) => Math.max(-MOST, Math.min(MOST, nearest(value / scale))));

/** In steps of the accumulator; far from the range of an int32 whatever the weights. */
const biases = (values: Float32Array, scales: Float32Array, unit: number): Int32Array =>
  Int32Array.from(values, (value, channel) =>
    Math.max(-(2 ** 30), Math.min(2 ** 30, nearest((value * unit) / scales[channel]!))),
  );
