// Draws of numbers that a person could have written. Nothing but additions, products and roundings, which every machine
// computes alike: no logarithm, no power.
import type { Random } from '../random.js';
import type { Range } from './ranges.js';

/** Preferred numbers: nearly even steps on a log scale. */
const STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
const LADDER = [-2, -1, 0, 1, 2, 3].flatMap((exponent) => STEPS.map((s) => Number(`${s}e${exponent}`)));
/** The same for what comes in pieces. */
const COUNTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];

const within = (values: readonly number[], [low, high]: Range) =>
  values.filter((value) => value >= low && value <= high);

export const pick = <T>(random: Random, list: readonly T[]): T => list[random.int(list.length)]!;
export const chance = (random: Random, probability: number): boolean => random.next() < probability;

/** Rounded to significant digits. */
export const digits = (value: number, count: number): number => Number(value.toPrecision(count));
/** The multiple of `step` that is not above the value. */
export const floorTo = (value: number, step: number): number =>
  Number((Math.floor(value / step + 1e-9) * step).toFixed(4));

/** The preferred numbers of a range. */
export const measures = (range: Range): readonly number[] => within(LADDER, range);

/** A preferred number; where the range is narrower than their steps, its middle. */
export function measure(random: Random, range: Range): number {
  const values = measures(range);
  return values.length > 0 ? pick(random, values) : digits((range[0] + range[1]) / 2, 2);
}

/** A count, from 1 to 64, with as many between 4 and 8 as between 32 and 64. */
export const count = (random: Random, range: Range): number => pick(random, within(COUNTS, range));

/** Any whole number of a range alike. */
export const whole = (random: Random, [low, high]: Range): number => low + random.int(high - low + 1);

/** Any of `low`, `low + step`, .. alike. */
export function stepped(random: Random, [low, high]: Range, step: number): number {
  const steps = Math.max(0, Math.floor((high - low) / step + 1e-9));
  return Number((low + random.int(steps + 1) * step).toFixed(4));
}

export const between = (random: Random, [low, high]: Range): number => low + random.next() * (high - low);

/** Fisher and Yates. */
export function shuffled<T>(random: Random, list: readonly T[]): T[] {
  const result = [...list];
  for (let i = result.length - 1; i > 0; i--) {
    const j = random.int(i + 1);
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}
