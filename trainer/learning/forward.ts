// The network in TensorFlow.js: the one other forward pass beside plugin/core/actor.ts, because it has gradients. It rounds
// the weights as the int8 pass has them (quantisation-aware), with the gradient of the identity (straight-through estimator:
// Bengio, Leonard and Courville, 2013), so that what is trained is what is served but for the rounding of activations, whose
// effect test/unit/learning/parity.test.ts bounds and measures.
import type * as Core from '@tensorflow/tfjs-core';
import { SMALLEST_SCALE } from '../actor/quantise.js';
import type { TF } from './backend.js';

export type { TF } from './backend.js';
type Tensor = Core.Tensor;

/** Tensors by the names of `actorParts`. */
export type Weights = Readonly<Record<string, Tensor>>;

/** B decisions over at most N endpoints each; rows past a decision's endpoints are zero and not present. */
export interface Inputs {
  readonly decisions: number;
  readonly endpoints: number;
  /** (B N) x FEATURES and B x CONTEXT, numbers near 1: int8 / 32. */
  readonly features: Tensor;
  readonly context: Tensor;
  /** B x N x 1: 1 where there is an endpoint. B x 1: reciprocal of their number. */
  readonly present: Tensor;
  readonly inverse: Tensor;
}

/** Steps of an int8 weight on each side of zero. */
const STEPS = 127;

/** Rounding and activation with their gradients, bound to a backend once. */
export function operations(tf: TF) {
  /** As `quantise` does: a scale a channel, shared by the matrices of a layer. The gradient passes unchanged. */
  const onGrid = (weights: Tensor, scale: Tensor): Tensor =>
    tf.customGrad((x) => ({
      value: tf.mul(tf.round(tf.div(x as Tensor, scale)), scale),
      gradFunc: (dy: Tensor) => dy,
    }))(weights);
  const scaleOf = (...matrices: Tensor[]): Tensor => {
    const most = matrices.map((m): Tensor => tf.max(tf.abs(m), 1, true)).reduce((a, b) => tf.maximum(a, b));
    return tf.maximum(tf.div(most, STEPS), SMALLEST_SCALE);
  };
  const quantised = (...matrices: Tensor[]): Tensor[] => {
    const scale = tf.tidy(() => scaleOf(...matrices));
    return matrices.map((matrix) => onGrid(matrix, scale));
  };
  return { quantised };
}

export type Operations = ReturnType<typeof operations>;

/** Residuals in log2 units, B x N. */
export function residuals(tf: TF, ops: Operations, weights: Weights, inputs: Inputs): Tensor {
  const { decisions, endpoints, features, context, present, inverse } = inputs;
  const [w1, v1] = ops.quantised(weights['w1']!, weights['v1']!) as [Tensor, Tensor];
  const [w2, u2] = ops.quantised(weights['w2']!, weights['u2']!) as [Tensor, Tensor];
  const [w3] = ops.quantised(weights['w3']!) as [Tensor];
  const [hidden1, hidden2] = [weights['b1']!.size, weights['b2']!.size];
  const base1 = tf.add(tf.matMul(context as Core.Tensor2D, v1 as Core.Tensor2D, false, true), weights['b1']!);
  const first = tf.reshape(tf.matMul(features as Core.Tensor2D, w1 as Core.Tensor2D, false, true), [
    decisions,
    endpoints,
    hidden1,
  ]);
  const hidden = tf.tanh(tf.add(first, tf.reshape(base1, [decisions, 1, hidden1])));
  const mean = tf.mul(tf.sum(tf.mul(hidden, present), 1), inverse);
  const base2 = tf.add(tf.matMul(mean as Core.Tensor2D, u2 as Core.Tensor2D, false, true), weights['b2']!);
  const rows = tf.reshape(hidden, [decisions * endpoints, hidden1]);
  const second = tf.reshape(tf.matMul(rows as Core.Tensor2D, w2 as Core.Tensor2D, false, true), [
    decisions,
    endpoints,
    hidden2,
  ]);
  const last = tf.tanh(tf.add(second, tf.reshape(base2, [decisions, 1, hidden2])));
  const flat = tf.reshape(last, [decisions * endpoints, hidden2]);
  return tf.reshape(tf.matMul(flat as Core.Tensor2D, w3 as Core.Tensor2D, false, true), [
    decisions,
    endpoints,
  ]);
}
