// Fleets: endpoints in groups of the same machine, as a cluster of two or three instance types has them.
import type { Random } from '../random.js';
import { count, measures, pick, shuffled, whole } from './draw.js';
import { RANGES, type Range } from './ranges.js';
import type { EndpointGroup } from './scenario-file.js';

export interface FleetRanges {
  readonly speed: Range;
  readonly workers: Range;
}

export const group = (speed: number, workers: number, size: number): EndpointGroup =>
  size === 1 ? { speed, workers } : { speed, workers, count: size };

/** Endpoints that are all alike. */
export const evenFleet = (random: Random, size: number, workers: Range): EndpointGroup[] => [
  group(1, count(random, workers), size),
];

/**
 * Endpoints of several machines whose speeds spread over the whole range. The largest of a fleet has at most twice the
 * workers of the smallest: with the speeds a factor of 20, more than which a fleet would hardly be run as one.
 */
export function unevenFleet(random: Random, size: number, ranges: FleetRanges): EndpointGroup[] {
  const machines = Math.min(size, whole(random, RANGES.machines));
  const sizes = partition(random, size, machines);
  const most = count(random, ranges.workers);
  const workers: Range = [Math.max(ranges.workers[0], most / 2), most];
  return spreadSpeeds(random, machines, ranges.speed).map((speed, i) =>
    group(speed, count(random, workers), sizes[i]!),
  );
}

/** One speed out of each stretch of the range, in any order. */
export function spreadSpeeds(random: Random, machines: number, range: Range): number[] {
  const speeds = measures(range);
  const at = (i: number) => Math.floor((i * speeds.length) / machines);
  const chosen = Array.from({ length: machines }, (_, i) => pick(random, speeds.slice(at(i), at(i + 1))));
  return shuffled(random, chosen);
}

/** `parts` whole numbers >= 1 with the sum `total`. */
export function partition(random: Random, total: number, parts: number): number[] {
  const sizes = new Array<number>(parts).fill(1);
  for (let left = total - parts; left > 0; left--) sizes[random.int(parts)]!++;
  return sizes;
}

/** With every count, as a validated scenario has them. */
export const completed = (fleet: readonly EndpointGroup[]) =>
  fleet.map((machine) => ({ count: 1, ...machine }));

/** Nominal slots: what the fleet does in a second, in seconds of service time. */
export const slotsOf = (fleet: readonly EndpointGroup[]): number =>
  completed(fleet).reduce((sum, { speed, workers, count }) => sum + speed * workers * count, 0);
