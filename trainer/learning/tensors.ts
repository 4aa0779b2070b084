// From vectors of parameters and batches to tensors, and from gradients back to a vector.
import type * as Core from '@tensorflow/tfjs-core';
import { CONTEXT, FEATURES } from '../actor/model.js';
import type { Batch } from './batch.js';
import { operations, residuals, type Inputs, type Operations, type TF, type Weights } from './forward.js';
import type { Layout } from './parameters.js';

type Tensor = Core.Tensor;

/** What keeps the logit of an endpoint that could not be chosen out of a softmax, be the temperature as low as it likes. */
const NEVER = 1e9;

/** Decisions as the network takes them (batch.ts). */
export type Padded = Pick<
  Batch,
  'decisions' | 'endpoints' | 'features' | 'context' | 'present' | 'eligible' | 'inverse' | 'base'
>;

export interface BatchTensors {
  readonly inputs: Inputs;
  /** B x N. */
  readonly base: Tensor;
  readonly eligible: Tensor;
  readonly excluded: Tensor;
}

export function batchTensors(tf: TF, batch: Padded): BatchTensors {
  const { decisions, endpoints } = batch;
  const cells = decisions * endpoints;
  const eligible = tf.tensor2d(batch.eligible, [decisions, endpoints]);
  return {
    inputs: {
      decisions,
      endpoints,
      features: tf.tensor2d(batch.features, [cells, FEATURES]),
      context: tf.tensor2d(batch.context, [decisions, CONTEXT]),
      present: tf.tensor3d(batch.present, [decisions, endpoints, 1]),
      inverse: tf.tensor2d(batch.inverse, [decisions, 1]),
    },
    base: tf.tensor2d(batch.base, [decisions, endpoints]),
    eligible,
    excluded: tf.mul(tf.sub(eligible, 1), NEVER),
  };
}

/** Scores in log2 units, B x N: residual on `ewma-full`. */
export function scores(tf: TF, ops: Operations, weights: Weights, of: BatchTensors): Tensor {
  return tf.add(residuals(tf, ops, weights, of.inputs), of.base);
}

/** log pi, B x N; `weights.temperature` holds the logarithm of the temperature. */
export function logPolicy(tf: TF, ops: Operations, weights: Weights, of: BatchTensors): Tensor {
  const sharpness = tf.mul(tf.exp(tf.neg(weights['temperature']!)), Math.LN2);
  return tf.logSoftmax(tf.add(tf.mul(scores(tf, ops, weights, of), sharpness), of.excluded));
}

/** What a function of the parts of a vector of parameters gives, without gradients. */
export function withWeights(
  tf: TF,
  { parts }: Layout,
  parameters: Float32Array,
  of: (weights: Weights, ops: Operations) => Tensor,
): Float32Array {
  return tf.tidy(() => {
    const weights = parts.map(({ name, offset, rows, columns }) => [
      name,
      tf.tensor2d(parameters.slice(offset, offset + rows * columns), [rows, columns]),
    ]);
    return of(Object.fromEntries(weights) as Weights, operations(tf)).dataSync() as Float32Array;
  });
}

export interface LossGradient {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/**
 * Value and gradient of a loss over the parts of a vector of parameters. All tensors made on the way are disposed of.
 * Parts that the loss does not depend on have a gradient of zero.
 */
export function lossGradient(
  tf: TF,
  { parts, size }: Layout,
  parameters: Float32Array,
  loss: (weights: Weights, ops: Operations) => Tensor,
): LossGradient {
  return tf.tidy(() => {
    const ops = operations(tf);
    const tensors = parts.map(({ offset, rows, columns }) =>
      tf.tensor2d(parameters.slice(offset, offset + rows * columns), [rows, columns]),
    );
    const named = (values: readonly Tensor[]): Weights =>
      Object.fromEntries(parts.map(({ name }, i) => [name, values[i]!]));
    const touched = (values: readonly Tensor[]) =>
      values.map((value) => tf.mul(tf.sum(value), 0)).reduce((a, b): Tensor => tf.add(a, b));
    const { value, grads } = tf.valueAndGrads((...values: Tensor[]) =>
      tf.add(loss(named(values), ops), touched(values)).asScalar(),
    )(tensors);
    const gradient = new Float32Array(size);
    for (const [i, part] of parts.entries()) gradient.set(grads[i]!.dataSync(), part.offset);
    return { loss: value.dataSync()[0]!, gradient };
  });
}
