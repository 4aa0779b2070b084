// Throughput over time: answered requests a second, in spans of equal length.
import type { SimulationWindow } from '../environment/simulation-result.js';
import { mean } from '../evaluation/interval.js';
import type { Run } from '../evaluation/results.js';
import type { Contender } from './comparison.js';

export interface ThroughputPoint {
  readonly atSeconds: number;
  readonly rps: number;
}

export const SPANS = 30;

/**
 * Of the seeds together. A window counts where it lies, its requests evenly over its length.
 * @param endSeconds only what was before is looked at
 */
export function throughput(
  runs: readonly (readonly SimulationWindow[])[],
  endSeconds: number,
  spans = SPANS,
): ThroughputPoint[] {
  const length = endSeconds / spans;
  const answered = new Array<number>(spans).fill(0);
  for (const { fromSeconds, toSeconds, requests, errors } of runs.flat()) {
    const rate = (requests - errors) / (toSeconds - fromSeconds);
    if (!Number.isFinite(rate)) continue;
    for (let span = Math.floor(fromSeconds / length); span < spans && span * length < toSeconds; span++)
      answered[span]! +=
        rate * (Math.min(toSeconds, (span + 1) * length) - Math.max(fromSeconds, span * length));
  }
  return answered.map((count, span) => ({
    atSeconds: (span + 0.5) * length,
    rps: count / (runs.length * length),
  }));
}

/** When the first of these runs was through: past it, some only work off what others have done. */
export const commonEnd = (contenders: readonly Contender[], place: number): number =>
  Math.min(
    ...contenders.flatMap(({ runs }) =>
      runs[place]!.map(({ windows }) => windows.at(-1)?.toSeconds ?? Infinity),
    ),
  );

/** Of several runs: answered requests a second, and the share of all that failed. */
export function answered(runs: readonly Run[]): { readonly rps: number; readonly errorShare: number } {
  return {
    rps: mean(runs.map(({ throughputRps }) => throughputRps)),
    errorShare: mean(runs.map(({ errors, requests }) => (requests > 0 ? errors / requests : 0))),
  };
}
