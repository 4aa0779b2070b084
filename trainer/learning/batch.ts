// Stretches of decisions as arrays of one shape: B decisions x N endpoints, padded. Stretches of small, middle and large
// fleets go into batches of their own, so that little is padding.
import { CONTEXT, FEATURES } from '../actor/model.js';
import { INPUT_UNIT } from '../actor/quantise.js';
import { HIDDEN } from '../environment/decisions.js';
import type { Experience } from './experience.js';

/** Most endpoints of a batch of small, middle and large fleets. */
const SIZES = [8, 24, 256] as const;

/** A decision, by where it comes from. */
export interface Origin {
  readonly experience: Experience;
  readonly index: number;
}

/** @typeParam T what is known of its decisions beside where they come from */
export interface Batch<T extends Origin = Origin> {
  readonly decisions: number;
  readonly endpoints: number;
  /** B x N x FEATURES and B x CONTEXT, numbers near 1. */
  readonly features: Float32Array;
  readonly context: Float32Array;
  /** B x N: 1 where there is an endpoint, and where it could be chosen. */
  readonly present: Float32Array;
  readonly eligible: Float32Array;
  /** B: reciprocal of the number of endpoints. */
  readonly inverse: Float32Array;
  /** B x N: score of `ewma-full`, log2 units. */
  readonly base: Float32Array;
  /** B x N: probability with which it was chosen. */
  readonly behaviour: Float32Array;
  /** B x N x HIDDEN. */
  readonly hidden: Float32Array;
  /** B: column that was chosen. */
  readonly chosen: Int32Array;
  /** B. */
  readonly origin: readonly T[];
}

/** Batches of all decisions with two endpoints or more to choose from: the others teach nothing. */
export function toBatches(experiences: readonly Experience[]): Batch[] {
  return batchesOf(
    experiences.flatMap((experience) =>
      Array.from({ length: experience.decisions.count }, (_, index) => ({ experience, index })).filter(
        isChoice,
      ),
    ),
  );
}

/** Whether there were two endpoints or more to choose from. */
export function isChoice({ experience: { decisions }, index }: Origin): boolean {
  const { first, weight } = decisions;
  let eligible = 0;
  for (let row = first[index]!; row < first[index + 1]!; row++) if (weight[row]! >= 0) eligible++;
  return eligible >= 2;
}

/** Endpoints of a decision. */
export const sizeOf = ({ experience: { decisions }, index }: Origin): number =>
  decisions.first[index + 1]! - decisions.first[index]!;

/** Batches of given decisions, which keep their order within each. */
export function batchesOf<T extends Origin>(origins: readonly T[]): Batch<T>[] {
  const groups: T[][] = SIZES.map(() => []);
  for (const origin of origins) groups[SIZES.findIndex((most) => sizeOf(origin) <= most)]!.push(origin);
  return groups.filter((group) => group.length > 0).map(padded);
}

function padded<T extends Origin>(origin: readonly T[]): Batch<T> {
  const endpoints = Math.max(...origin.map(sizeOf));
  const decisions = origin.length;
  const cells = decisions * endpoints;
  const batch: Batch<T> = {
    decisions,
    endpoints,
    features: new Float32Array(cells * FEATURES),
    context: new Float32Array(decisions * CONTEXT),
    present: new Float32Array(cells),
    eligible: new Float32Array(cells),
    inverse: Float32Array.from(origin, (of) => 1 / sizeOf(of)),
    base: new Float32Array(cells),
    behaviour: new Float32Array(cells),
    hidden: new Float32Array(cells * HIDDEN),
    chosen: Int32Array.from(origin, ({ experience, index }) => {
      const { chosen, first } = experience.decisions;
      return chosen[index]! - first[index]!;
    }),
    origin,
  };
  for (const [i, { experience, index }] of origin.entries()) {
    const from = experience.decisions;
    const first = from.first[index]!;
    const rows = from.first[index + 1]! - first;
    const cell = i * endpoints;
    scale(from.context, index * CONTEXT, CONTEXT, batch.context, i * CONTEXT);
    scale(from.features, first * FEATURES, rows * FEATURES, batch.features, cell * FEATURES);
    batch.base.set(from.base.subarray(first, first + rows), cell);
    batch.hidden.set(from.hidden.subarray(first * HIDDEN, (first + rows) * HIDDEN), cell * HIDDEN);
    for (let row = 0; row < rows; row++) {
      batch.present[cell + row] = 1;
      const weight = from.weight[first + row]!;
      if (weight < 0) continue;
      batch.eligible[cell + row] = 1;
      batch.behaviour[cell + row] = weight;
    }
  }
  return batch;
}

/** Int8 inputs as numbers near 1. */
export function scale(from: Int8Array, at: number, length: number, to: Float32Array, offset: number): void {
  for (let i = 0; i < length; i++) to[offset + i] = from[at + i]! / INPUT_UNIT;
}
