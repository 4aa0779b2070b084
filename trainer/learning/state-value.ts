// The value of a state: what the next decisions of a service will cost together, from the true state of its endpoints, which
// only the simulator knows, pooled over them.
import type * as Core from '@tensorflow/tfjs-core';
import { CONTEXT } from '../actor/model.js';
import { HIDDEN, HIDDEN_FIELDS } from '../environment/decisions.js';
import type { Batch } from './batch.js';
import type { TF, Weights } from './forward.js';
import type { Part } from './parameters.js';

type Tensor = Core.Tensor;

const CHANNELS = 24;
/** Of an endpoint, pooled as mean and as least; then of the request and of the cluster. */
const POOLED = 5;
export const STATE_INPUTS = 2 * POOLED + 4;
const [LATENCY, OWN, EXPECTED, BACKLOG, ASSIGNED, SLOTS, CPU, FAILURE] = HIDDEN_FIELDS.map((_, i) => i) as [
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number, // prettier-ignore
];
/** Places in the context features. */
const [ENDPOINTS, LOAD] = [0, 2];
const TINY_MS = 1e-3;

export const stateValueParts: readonly Part[] = [
  { name: 'value1', rows: CHANNELS, columns: STATE_INPUTS, fanIn: STATE_INPUTS },
  { name: 'valueBias1', rows: 1, columns: CHANNELS, fanIn: 0 },
  { name: 'value2', rows: 1, columns: CHANNELS, fanIn: CHANNELS },
  { name: 'valueBias2', rows: 1, columns: 1, fanIn: 0 },
];

/** V, one a row of `inputs` (B x STATE_INPUTS): B x 1. */
export function stateValue(tf: TF, weights: Weights, inputs: Tensor): Tensor {
  const matMul = (a: Tensor, b: Tensor) => tf.matMul(a, b, false, true);
  const hidden = tf.tanh(tf.add(matMul(inputs, weights['value1']!), weights['valueBias1']!));
  return tf.add(matMul(hidden, weights['value2']!), weights['valueBias2']!);
}

/** Inputs of every decision of a batch, B x STATE_INPUTS, numbers near 1. */
export function stateInputs(batch: Batch): Float32Array {
  const inputs = new Float32Array(batch.decisions * STATE_INPUTS);
  for (let d = 0; d < batch.decisions; d++) {
    const { experience, index } = batch.origin[d]!;
    const meanMs = experience.statistics.latencyOf(experience.decisions.service[index]!).value + TINY_MS;
    const sums = new Array<number>(POOLED).fill(0);
    const least = new Array<number>(POOLED).fill(Infinity);
    let eligible = 0;
    let expected = Infinity;
    let excess = 0;
    for (let cell = d * batch.endpoints; cell < (d + 1) * batch.endpoints; cell++) {
      if (batch.eligible[cell] === 0) continue;
      const of = (field: number) => batch.hidden[cell * HIDDEN + field]!;
      eligible++;
      expected = Math.min(expected, of(EXPECTED));
      excess = Math.log1p(of(OWN) / of(EXPECTED));
      const seen = [
        Math.log((of(LATENCY) + TINY_MS) / meanMs),
        Math.log1p(of(BACKLOG) / of(EXPECTED)),
        Math.log1p(of(ASSIGNED) / of(SLOTS)),
        2 * of(CPU),
        of(FAILURE),
      ];
      for (const [i, value] of seen.entries()) {
        sums[i]! += value;
        least[i] = Math.min(least[i]!, value);
      }
    }
    const request = [Math.log((expected + TINY_MS) / meanMs), excess];
    const cluster = [ENDPOINTS, LOAD].map((at) => batch.context[d * CONTEXT + at]!);
    inputs.set([...sums.map((sum) => sum / eligible), ...least, ...request, ...cluster], d * STATE_INPUTS);
  }
  return inputs;
}
