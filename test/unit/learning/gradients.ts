// Losses of one kernel each at X, and their gradients by hand: what the learners build theirs from.
import type { Tensor, Tensor2D } from '@tensorflow/tfjs';
import type { TF } from '../../../trainer/learning/backend.js';

export interface Case {
  readonly name: string;
  readonly loss: (tf: TF, x: Tensor2D) => Tensor;
  /** By x, row by row. */
  readonly gradient: readonly number[];
}

export const X = [
  [1, -2],
  [0.5, 3],
];
const x = X.flat();
const C = [
  [1, 2],
  [3, 4],
];
const c = C.flat();
const WIDE = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];

/** Of the softmax in rows of two, its first element: 1 / (1 + e^(b - a)). */
const first = [1 / (1 + Math.exp(-3)), 1 / (1 + Math.exp(2.5))] as const;
const p = first.flatMap((one) => [one, 1 - one]);
/** Rows' expectations of c under p. */
const mean = [p[0]! * 1 + p[1]! * 2, p[2]! * 3 + p[3]! * 4];

const weighed = (tf: TF, value: Tensor): Tensor => tf.mul(value, tf.tensor2d(C));
const firstRow = (tf: TF, value: Tensor2D): Tensor => tf.slice(value, [0, 0], [1, 2]);

export const CASES: readonly Case[] = [
  { name: 'matMul', loss: (tf, v) => tf.matMul(v, tf.tensor2d(C)), gradient: [3, 7, 3, 7] },
  {
    name: 'matMul of transposes',
    // (x' c')_ij = sum_k x_ki c_jk: column sums of c, one for each row of x.
    loss: (tf, v) => tf.matMul(v, tf.tensor2d(C), true, true),
    gradient: [4, 4, 6, 6],
  },
  { name: 'relu', loss: (tf, v) => tf.relu(v), gradient: [1, 0, 1, 1] },
  { name: 'tanh', loss: (tf, v) => tf.tanh(v), gradient: x.map((v) => 1 - Math.tanh(v) ** 2) },
  {
    name: 'add of a row to each row',
    loss: (tf, v) => weighed(tf, tf.add(firstRow(tf, v), tf.tensor2d(C))),
    gradient: [4, 6, 0, 0],
  },
  { name: 'mul', loss: (tf, v) => weighed(tf, v), gradient: c },
  { name: 'div', loss: (tf, v) => tf.div(tf.tensor2d(C), v), gradient: x.map((v, i) => -c[i]! / v ** 2) },
  { name: 'sub', loss: (tf, v) => weighed(tf, tf.sub(1, v)), gradient: c.map((w) => -w) },
  { name: 'square', loss: (tf, v) => tf.square(v), gradient: x.map((v) => 2 * v) },
  { name: 'sum over rows', loss: (tf, v) => tf.square(tf.sum(v, 1)), gradient: [-2, -2, 7, 7] },
  { name: 'mean of columns', loss: (tf, v) => tf.square(tf.mean(v, 0)), gradient: [0.75, 0.5, 0.75, 0.5] },
  { name: 'logSumExp', loss: (tf, v) => tf.logSumExp(v, 1), gradient: p },
  {
    name: 'softmax',
    loss: (tf, v) => weighed(tf, tf.softmax(v)),
    gradient: p.map((q, i) => q * (c[i]! - mean[i >> 1]!)),
  },
  {
    name: 'logSoftmax of an action chosen by oneHot',
    loss: (tf, v) => tf.mul(tf.oneHot(tf.tensor1d([1, 0], 'int32'), 2), tf.logSoftmax(v)),
    gradient: [0, 1, 1, 0].map((chosen, i) => chosen - p[i]!),
  },
  { name: 'exp', loss: (tf, v) => tf.exp(v), gradient: x.map(Math.exp) },
  { name: 'log', loss: (tf, v) => tf.log(tf.add(v, 3)), gradient: x.map((v) => 1 / (v + 3)) },
  { name: 'abs', loss: (tf, v) => tf.abs(v), gradient: x.map(Math.sign) },
  {
    name: 'reshape',
    loss: (tf, v) => tf.mul(tf.reshape(v, [4]), tf.tensor1d([5, 6, 7, 8])),
    gradient: [5, 6, 7, 8],
  },
  {
    name: 'tile',
    loss: (tf, v) => tf.mul(tf.tile(v, [1, 2]), tf.tensor2d(WIDE)),
    gradient: [4, 6, 12, 14],
  },
  {
    name: 'broadcastTo',
    loss: (tf, v) => weighed(tf, tf.broadcastTo(firstRow(tf, v), [2, 2])),
    gradient: [4, 6, 0, 0],
  },
  {
    name: 'concat',
    loss: (tf, v) => tf.mul(tf.concat([tf.tensor2d(C), v], 1), tf.tensor2d(WIDE)),
    gradient: [3, 4, 7, 8],
  },
  { name: 'slice', loss: (tf, v) => tf.square(tf.slice(v, [0, 1], [2, 1])), gradient: [0, -4, 0, 6] },
  {
    name: 'clipByValue',
    loss: (tf, v) => weighed(tf, tf.clipByValue(v, -1.5, 1.5)),
    gradient: [1, 0, 3, 0],
  },
  { name: 'maximum', loss: (tf, v) => tf.maximum(v, 0.75), gradient: [1, 0, 0, 1] },
  { name: 'minimum', loss: (tf, v) => tf.minimum(v, 0.75), gradient: [0, 1, 1, 0] },
  {
    name: 'where on a mask from outside',
    loss: (tf, v) => tf.where(tf.greater(tf.tensor2d(C), 2), v, tf.zerosLike(v)),
    gradient: [0, 0, 1, 1],
  },
  {
    name: 'customGrad, rounding straight through',
    loss: (tf, v) => {
      const round = tf.customGrad((y) => ({
        value: weighed(tf, tf.round(y as Tensor)),
        gradFunc: (dy: Tensor) => weighed(tf, dy),
      }));
      return round(v);
    },
    gradient: c,
  },
];
