// The runs of a policy on a scenario as one, for plots: seeds are put together.
import type { LatencyHistogram, SimulationWindow } from '../environment/simulation-result.js';

/** Counts added up. */
export function mergeHistograms(all: readonly LatencyHistogram[]): LatencyHistogram {
  const { leastMs, growth, counts } = all[0]!;
  const sum = new Uint32Array(counts.length);
  for (const histogram of all) {
    if (
      histogram.leastMs !== leastMs ||
      histogram.growth !== growth ||
      histogram.counts.length !== sum.length
    )
      throw new RangeError('histograms with different bins');
    for (const [bin, count] of histogram.counts.entries()) sum[bin]! += count;
  }
  return { leastMs, growth, counts: sum };
}

export interface CdfPoint {
  readonly ms: number;
  /** Of the requests that took at most so long. */
  readonly share: number;
}

/** Points of a distribution: as many as an eye can tell apart, and the tail. */
const SHARES = [...Array.from({ length: 50 }, (_, i) => i / 50), 0.99, 0.995, 0.999, 0.9999, 1];

/** Empty where nothing was answered. */
export function cdf({ leastMs, growth, counts }: LatencyHistogram): CdfPoint[] {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const points: CdfPoint[] = [];
  let below = 0;
  let next = 0;
  for (const [bin, count] of counts.entries()) {
    below += count;
    if (count === 0 || below < SHARES[next]! * total) continue;
    // The upper bound of a bin holds for all that is in it; the lower one is where the first ones begin.
    points.push({ ms: leastMs * growth ** bin, share: below / total });
    while (next < SHARES.length && below >= SHARES[next]! * total) next++;
  }
  return points;
}

export interface TailPoint {
  readonly atSeconds: number;
  readonly p99Ms: number;
}

const MOST_POINTS = 60;
/** The p99 of fewer requests is their slowest one. */
const LEAST_REQUESTS = 50;

/**
 * The tail over time. Windows of different seeds lie a little apart, so they are put into spans of equal length; a span's
 * p99 is the geometric mean of those in it, weighted by their requests, for windows carry no histogram.
 */
export function mergeWindows(runs: readonly (readonly SimulationWindow[])[]): TailPoint[] {
  const windows = runs.flat().filter(({ p99Ms }) => Number.isFinite(p99Ms));
  const end = Math.max(0, ...windows.map(({ toSeconds }) => toSeconds));
  const requests = windows.reduce((sum, window) => sum + window.requests, 0);
  const most = Math.min(MOST_POINTS, ...runs.map((run) => run.length));
  const spans = Math.max(1, Math.min(most, Math.floor(requests / (2 * LEAST_REQUESTS))));
  const sums = Array.from({ length: spans }, () => ({ requests: 0, logs: 0 }));
  for (const { fromSeconds, toSeconds, requests, p99Ms } of windows) {
    const at = Math.min(spans - 1, Math.floor((((fromSeconds + toSeconds) / 2) * spans) / end));
    sums[at]!.requests += requests;
    sums[at]!.logs += requests * Math.log(p99Ms);
  }
  return sums.flatMap(({ requests, logs }, i) =>
    requests < LEAST_REQUESTS
      ? []
      : [{ atSeconds: ((i + 0.5) * end) / spans, p99Ms: Math.exp(logs / requests) }],
  );
}
