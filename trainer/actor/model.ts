// The quantised actor in memory, and the rules that every model file meets.
import { CONTEXT_FEATURES, ENDPOINT_FEATURES } from './features.js';

export const FEATURES = ENDPOINT_FEATURES.length;
export const CONTEXT = CONTEXT_FEATURES.length;

/** Matrices are row-major: row = output channel, column = input. */
export interface Model {
  /** 16 bytes as 32 hex digits. */
  readonly id: string;
  readonly hidden1: number;
  readonly hidden2: number;
  /** Of the softmax over scores, in log2 units. */
  readonly temperature: number;
  readonly outputScale: number;
  /** What brings an accumulator to int8 units of 1/32, one a channel. */
  readonly scale1: Float32Array;
  readonly scale2: Float32Array;
  readonly bias1: Int32Array;
  readonly bias2: Int32Array;
  readonly bias3: number;
  /** hidden1 x FEATURES and hidden1 x CONTEXT. */
  readonly w1: Int8Array;
  readonly v1: Int8Array;
  /** hidden2 x hidden1, over an endpoint's hidden vector and over the mean of all endpoints'. */
  readonly w2: Int8Array;
  readonly u2: Int8Array;
  /** hidden2. */
  readonly w3: Int8Array;
}

/** A model that breaks the contract; the message says which field and how. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

export function checkShape(features: number, context: number, hidden1: number, hidden2: number): void {
  const shape = `shape ${features}/${context}/${hidden1}/${hidden2}`;
  if (features !== FEATURES) throw new ModelError(`${shape}: ${FEATURES} endpoint features expected`);
  if (context !== CONTEXT) throw new ModelError(`${shape}: ${CONTEXT} context features expected`);
  for (const hidden of [hidden1, hidden2]) {
    const fits = Number.isInteger(hidden) && hidden % 4 === 0 && hidden >= 4 && hidden <= 64;
    if (!fits) throw new ModelError(`${shape}: a hidden layer has 4 to 64 channels, a multiple of 4`);
  }
}

/** Throws unless every number is one that the filter accepts. */
export function checkNumbers(model: Model): void {
  const { temperature } = model;
  if (!Number.isFinite(Math.fround(temperature)))
    throw new ModelError(`temperature is ${temperature}, not finite`);
  if (Math.fround(temperature) <= 0) throw new ModelError(`temperature is ${temperature}, must be above 0`);
  if (!Number.isFinite(Math.fround(model.outputScale)))
    throw new ModelError(`output scale is ${model.outputScale}, not finite`);
  for (const name of ['scale1', 'scale2'] as const) {
    const at = model[name].findIndex((scale) => !Number.isFinite(scale));
    if (at >= 0) throw new ModelError(`${name}[${at}] is ${model[name][at]}, not finite`);
  }
  if (model.bias3 !== (model.bias3 | 0)) throw new ModelError(`bias3 is ${model.bias3}, not an int32`);
  // -128 has no positive counterpart: leaving it out keeps pairs of int8 products within int16.
  for (const name of ['w1', 'v1', 'w2', 'u2', 'w3'] as const) {
    const at = model[name].indexOf(-128);
    if (at >= 0) throw new ModelError(`${name}[${at}] is -128, weights are in -127..127`);
  }
}
