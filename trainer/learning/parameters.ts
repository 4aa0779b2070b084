// All parameters of a learner as one vector of floats, so that they can be shared, sent and stored as they are.
import { CONTEXT, FEATURES } from '../actor/model.js';
import type { Network } from '../actor/quantise.js';
import type { Random } from '../environment/random.js';

/** A matrix or vector in the vector: rows x columns, row = output channel. */
export interface Part {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  /** Inputs of a channel, for the spread of its first weights; 0 = starts at zero. */
  readonly fanIn: number;
}

export interface Layout {
  readonly parts: readonly (Part & { readonly offset: number })[];
  readonly size: number;
}

export function layout(parts: readonly Part[]): Layout {
  let size = 0;
  const placed = parts.map((part) => {
    const offset = size;
    size += part.rows * part.columns;
    return { ...part, offset };
  });
  return { parts: placed, size };
}

/** Makes the first weights of the output small: an untrained learner balances nearly as `ewma-full` does. */
const LAST = 10_000;

/** Of the network in docs/contracts.md. */
export const actorParts = (hidden1: number, hidden2: number): readonly Part[] => [
  { name: 'w1', rows: hidden1, columns: FEATURES, fanIn: FEATURES + CONTEXT },
  { name: 'v1', rows: hidden1, columns: CONTEXT, fanIn: FEATURES + CONTEXT },
  { name: 'b1', rows: 1, columns: hidden1, fanIn: 0 },
  { name: 'w2', rows: hidden2, columns: hidden1, fanIn: 2 * hidden1 },
  { name: 'u2', rows: hidden2, columns: hidden1, fanIn: 2 * hidden1 },
  { name: 'b2', rows: 1, columns: hidden2, fanIn: 0 },
  { name: 'w3', rows: 1, columns: hidden2, fanIn: LAST },
];

/** First values: uniform with the variance 1 / fanIn (LeCun et al., Efficient BackProp, 1998). */
export function initialise({ parts, size }: Layout, random: Random): Float32Array {
  const values = new Float32Array(size);
  for (const { rows, columns, fanIn, offset } of parts) {
    if (fanIn === 0) continue;
    const most = Math.sqrt(3 / fanIn);
    for (let i = 0; i < rows * columns; i++) values[offset + i] = (2 * random.next() - 1) * most;
  }
  return values;
}

/** The actor among the parameters, as `quantise` takes it. */
export function networkOf(values: Float32Array, { parts }: Layout): Network {
  const part = (name: string) => {
    const { offset, rows, columns } = parts.find((p) => p.name === name)!;
    return values.subarray(offset, offset + rows * columns);
  };
  const [b1, b2] = [part('b1'), part('b2')];
  return {
    hidden1: b1.length,
    hidden2: b2.length,
    w1: part('w1'),
    v1: part('v1'),
    b1,
    w2: part('w2'),
    u2: part('u2'),
    b2,
    w3: part('w3'),
  };
}

const MATRICES = ['w1', 'v1', 'b1', 'w2', 'u2', 'b2', 'w3'] as const;

/** Copies a network over the actor among the parameters. @throws {RangeError} where its shape is another */
export function adoptNetwork(values: Float32Array, parts: Layout, network: Network): void {
  const actor = networkOf(values, parts);
  for (const name of MATRICES) {
    if (network[name].length !== actor[name].length)
      throw new RangeError(
        `${name} has ${network[name].length} weights: the training has ${actor[name].length}`,
      );
    actor[name].set(network[name]);
  }
}
