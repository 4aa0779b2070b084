// Latencies relative to the baseline, with what the seeds tell of chance.
import { geometricInterval, geometricMean, type Estimate } from '../evaluation/interval.js';
import { KEY_LATENCIES } from '../evaluation/results.js';
import { LEVELS, type Cell, type Level } from './cells.js';
import type { Contender } from './comparison.js';

export type KeyLatency = (typeof KEY_LATENCIES)[number];

/**
 * The geometric mean over scenarios of the ratio to the baseline on the same requests, by seed: its interval is that of
 * another training on other requests of these scenarios.
 * @param scenarios places in the plan's list
 */
export function ratioTo(
  baseline: Contender,
  contender: Contender,
  scenarios: readonly number[],
  latency: KeyLatency,
): Estimate {
  const seeds = Math.min(...scenarios.map((place) => contender.runs[place]!.length));
  const bySeed = Array.from({ length: seeds }, (_, seed) =>
    geometricMean(
      scenarios.map(
        (place) => contender.runs[place]![seed]![latency] / baseline.runs[place]![seed]![latency],
      ),
    ),
  );
  return geometricInterval(bySeed);
}

export interface CellRatio {
  readonly cell: Cell;
  readonly latency: KeyLatency;
  readonly name: string;
  readonly estimate: Estimate;
}

/** Of each contender in each cell. */
export function cellRatios(
  cells: readonly Cell[],
  contenders: readonly Contender[],
  baseline: Contender,
): CellRatio[] {
  return cells.flatMap((cell) =>
    KEY_LATENCIES.flatMap((latency) =>
      contenders.map((contender) => ({
        cell,
        latency,
        name: contender.name,
        estimate: ratioTo(baseline, contender, cell.scenarios, latency),
      })),
    ),
  );
}

/** The lowest of each cell and latency: chosen with hindsight, so a hard mark to meet. */
export function best(ratios: readonly CellRatio[]): CellRatio[] {
  const lowest = new Map<string, CellRatio>();
  for (const ratio of ratios) {
    const key = `${ratio.cell.level} ${ratio.cell.pattern} ${ratio.latency}`;
    const present = lowest.get(key);
    if (!Number.isFinite(ratio.estimate.value)) continue;
    if (!present || ratio.estimate.value < present.estimate.value) lowest.set(key, ratio);
  }
  return [...lowest.values()];
}

/** Places of a level's scenarios. */
export const placesOf = (cells: readonly Cell[], level: Level): number[] =>
  cells.filter((cell) => cell.level === level).flatMap(({ scenarios }) => scenarios);

export const levelsOf = (cells: readonly Cell[]): Level[] =>
  LEVELS.filter((level) => cells.some((cell) => cell.level === level));
