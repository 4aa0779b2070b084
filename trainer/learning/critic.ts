// The critic: how many requests behind it a request delays at an endpoint, from the true state of that endpoint, which only
// the simulator knows (asymmetric actor-critic: Pinto et al., 2018). Together with the request's own latency there, which
// follows from the same state, it gives the value of every action, chosen or not.
import type * as Core from '@tensorflow/tfjs-core';
import { CONTEXT } from '../actor/model.js';
import { HIDDEN } from '../environment/decisions.js';
import type { Random } from '../environment/random.js';
import type { Batch } from './batch.js';
import type { Experience } from './experience.js';
import type { TF, Weights } from './forward.js';
import type { Part } from './parameters.js';

type Tensor = Core.Tensor;

export const CRITIC_INPUTS = 7;
/** The simulator follows so many requests behind one (FOLLOWED in plugin/simulator/outcomes.ts). */
export const FOLLOWED = 64;
const CHANNELS = 24;
/** Of the logarithm of a count: beyond them its gradient would be that of an outlier. */
const LEAST_LOG = -6;
const MOST_LOG = Math.log(FOLLOWED);
/** Place of the load in the context features. */
const LOAD = 2;

export const criticParts: readonly Part[] = [
  { name: 'critic1', rows: CHANNELS, columns: CRITIC_INPUTS, fanIn: CRITIC_INPUTS },
  { name: 'criticBias1', rows: 1, columns: CHANNELS, fanIn: 0 },
  { name: 'critic2', rows: 1, columns: CHANNELS, fanIn: CHANNELS },
  { name: 'criticBias2', rows: 1, columns: 1, fanIn: 0 },
];

/** Logarithm of the expected number of requests delayed, one a row. */
export function delayedLog(tf: TF, weights: Weights, inputs: Tensor): Tensor {
  const matMul = (a: Tensor, b: Tensor) => tf.matMul(a, b, false, true);
  const hidden = tf.tanh(tf.add(matMul(inputs, weights['critic1']!), weights['criticBias1']!));
  const log = tf.add(matMul(hidden, weights['critic2']!), weights['criticBias2']!);
  return tf.clipByValue(log, LEAST_LOG, MOST_LOG);
}

/** Poisson loss of counts, whose minimum is their mean whatever their distribution. */
export function valueLoss(tf: TF, weights: Weights, inputs: Tensor, counts: Tensor): Tensor {
  const log = delayedLog(tf, weights, inputs);
  return tf.mean(tf.sub(tf.exp(log), tf.mul(log, counts)));
}

/** Inputs of every cell of a batch, numbers near 1. */
export function criticInputs(batch: Batch): Float32Array {
  const cells = batch.decisions * batch.endpoints;
  const inputs = new Float32Array(cells * CRITIC_INPUTS);
  for (let cell = 0; cell < cells; cell++) {
    if (batch.present[cell] === 0) continue;
    const load = batch.context[Math.floor(cell / batch.endpoints) * CONTEXT + LOAD]!;
    writeInputs(batch.hidden, cell, load, inputs, cell);
  }
  return inputs;
}

function writeInputs(hidden: Float32Array, row: number, load: number, out: Float32Array, at: number): void {
  const h = row * HIDDEN;
  const [own, expected, backlog, assigned, slots, cpu] = [1, 2, 3, 4, 5, 6].map((i) => hidden[h + i]!) as [
    number,
    number,
    number,
    number,
    number,
    number, // prettier-ignore
  ];
  const o = at * CRITIC_INPUTS;
  out[o] = Math.log1p(backlog / expected);
  out[o + 1] = Math.log1p(assigned);
  out[o + 2] = Math.log(slots);
  out[o + 3] = 2 * cpu;
  out[o + 4] = Math.log1p(assigned / slots);
  out[o + 5] = Math.log1p(own / expected);
  out[o + 6] = load;
}

/** The latest counts, to learn from more than once. */
export class CriticMemory {
  readonly #inputs: Float32Array;
  readonly #counts: Float32Array;
  #next = 0;
  size = 0;

  constructor(readonly capacity = 20_000) {
    this.#inputs = new Float32Array(capacity * CRITIC_INPUTS);
    this.#counts = new Float32Array(capacity);
  }

  /** Adds what is known of the decisions of a stretch. */
  add({ decisions, delayed, failed }: Experience): void {
    for (let d = 0; d < decisions.count; d++) {
      const row = decisions.chosen[d]!;
      const h = row * HIDDEN;
      const own = decisions.hidden[h + 1]!;
      // A failed request delayed nobody, or the simulator does not know.
      if (!(delayed[d]! >= 0) || failed[d] === 1 || own <= 0) continue;
      const load = decisions.context[d * CONTEXT + LOAD]! / 32;
      writeInputs(decisions.hidden, row, load, this.#inputs, this.#next);
      this.#counts[this.#next] = Math.min(FOLLOWED, (delayed[d]! * decisions.hidden[h + 5]!) / own);
      this.#next = (this.#next + 1) % this.capacity;
      this.size = Math.min(this.capacity, this.size + 1);
    }
  }

  sample(random: Random, count: number): { readonly inputs: Float32Array; readonly counts: Float32Array } {
    const inputs = new Float32Array(count * CRITIC_INPUTS);
    const counts = new Float32Array(count);
    for (let i = 0; i < count && this.size > 0; i++) {
      const at = random.int(this.size);
      inputs.set(this.#inputs.subarray(at * CRITIC_INPUTS, (at + 1) * CRITIC_INPUTS), i * CRITIC_INPUTS);
      counts[i] = this.#counts[at]!;
    }
    return { inputs, counts };
  }
}
