// Faults that the windows show: endpoints that were slow for a while, failed, were down, came and went.
import type { EndpointWindow } from './endpoint-ring.js';
import type { ClusterSeen, EndpointSeen } from './observations.js';
import { median } from './series.js';

export interface SeenFault {
  readonly kind: 'slow' | 'errors' | 'down' | 'added' | 'removed';
  readonly address: string;
  /** Windows from the first one of those seen: from, and to (exclusive). */
  readonly from: number;
  readonly to: number;
  /** It still holds. */
  readonly goesOn: boolean;
  /** `slow`: share of its speed that is left, as its latency tells; `errors`: share of its requests. */
  readonly value?: number;
}

/** Shorter slow times, or smaller ones, are noise as good as anything. */
const LEAST_WINDOWS = 5;
const LEAST_SLOWDOWN = Math.log(1.5);
/** Standard errors: many, because a window resembles the one before, and because the worst of all stretches is taken. */
const SURE = 7;
/** Answers that make a window count in full; windows that count on either side at least. */
const FULL_ANSWERS = 4;
const LEAST_WEIGHT = 2;
/** An end this near to the present is none. */
const LATELY = 3;
/** Share of errors beyond the cluster's, and how many there must be. */
const LEAST_ERRORS = 0.01;
const LEAST_ERROR_COUNT = 10;

export function estimateFaults(seen: ClusterSeen): SeenFault[] {
  const common = commonLog(seen);
  const rates = seen.endpoints.map(errorRate);
  const usual = rates.length > 0 ? median(rates) : 0;
  return seen.endpoints.flatMap((endpoint, i) => [
    ...presence(endpoint, seen),
    ...slowness(endpoint, common),
    ...outage(endpoint),
    ...failing(endpoint, rates[i]!, usual),
  ]);
}

/** Share of an endpoint's answers that were errors, those of failed connections apart. */
export function errorRate({ windows }: Pick<EndpointSeen, 'windows'>): number {
  let [errors, all] = [0, 0];
  for (const window of windows) {
    errors += window?.http5xx ?? 0;
    all += (window?.http5xx ?? 0) + (window?.answers ?? 0);
  }
  return all > 0 ? errors / all : 0;
}

const logOf = (window: EndpointWindow | undefined): number | undefined =>
  window !== undefined && window.answers > 0 ? window.sumLog / window.answers : undefined;

/** What load does to all endpoints alike, by window: the median of their log latencies over their own medians. */
function commonLog({ endpoints, arrivals }: ClusterSeen): number[] {
  const usual = endpoints.map(({ windows }) => {
    const logs = windows.map(logOf).filter((log) => log !== undefined);
    return logs.length > 0 ? median(logs) : undefined;
  });
  return arrivals.map((_, w) => {
    const offsets = endpoints.flatMap(({ windows }, e) => {
      const log = logOf(windows[w]);
      return log === undefined || usual[e] === undefined ? [] : [log - usual[e]];
    });
    return offsets.length > 2 ? median(offsets) : 0;
  });
}

/** The stretch that differs most from the rest, a window a sample, by prefix sums over all stretches. */
function slowness({ address, windows }: EndpointSeen, common: readonly number[]): SeenFault[] {
  const sums: Sums[] = [[0, 0, 0]];
  windows.forEach((window, w) => {
    const weight = Math.min(1, (window?.answers ?? 0) / FULL_ANSWERS);
    const log = (logOf(window) ?? 0) - common[w]!;
    const [n, x, squares] = sums[w]!;
    sums.push([n + weight, x + weight * log, squares + weight * log ** 2]);
  });
  const end = windows.length;
  const [all, sumAll, squaresAll] = sums[end]!;
  let best = { score: 0, from: 0, to: 0, difference: 0 };
  for (let from = 0; from < end; from++) {
    for (let to = from + LEAST_WINDOWS; to <= end; to++) {
      const n = sums[to]![0] - sums[from]![0];
      const rest = all - n;
      if (n < LEAST_WEIGHT || rest < LEAST_WEIGHT) continue;
      const x = sums[to]![1] - sums[from]![1];
      const difference = x / n - (sumAll - x) / rest;
      const within = Math.max(1e-3, (squaresAll - x ** 2 / n - (sumAll - x) ** 2 / rest) / all);
      const score = Math.abs(difference) / Math.sqrt(within * (1 / n + 1 / rest));
      if (score > best.score) best = { score, from, to, difference };
    }
  }
  const { score, from, to, difference } = best;
  if (score < SURE || Math.abs(difference) < LEAST_SLOWDOWN) return [];
  const value = Math.exp(-Math.abs(difference));
  const slow = (a: number, b: number): SeenFault[] =>
    b - a < LEAST_WINDOWS
      ? []
      : [{ kind: 'slow', address, from: a, to: b, goesOn: b >= end - LATELY, value }];
  // A stretch that was quicker than the rest was the good time of an endpoint that was slow before or after.
  return difference > 0 ? slow(from, to) : [...slow(0, from), ...slow(to, end)];
}

/** Of windows: their weight, the sum of their log latencies, and of the squares. */
type Sums = readonly [number, number, number];

function presence({ address, windows }: EndpointSeen, { arrivals }: ClusterSeen): SeenFault[] {
  const first = windows.findIndex((window) => window !== undefined && window.reports > 0);
  const last = windows.findLastIndex((window) => window !== undefined && window.reports > 0);
  const end = arrivals.length;
  if (first < 0) return [{ kind: 'removed', address, from: 0, to: end, goesOn: true }];
  return [
    ...(first > LATELY ? [{ kind: 'added', address, from: first, to: end, goesOn: true } as const] : []),
    ...(last < end - 1 - LATELY
      ? [{ kind: 'removed', address, from: last + 1, to: end, goesOn: true } as const]
      : []),
  ];
}

/** From the first window in which nobody could connect and nothing was answered to the last. */
function outage({ address, windows }: EndpointSeen): SeenFault[] {
  const isDown = (window: EndpointWindow | undefined) =>
    window !== undefined && window.connect > 0 && window.answers === 0;
  const from = windows.findIndex(isDown);
  if (from < 0) return [];
  const up = windows.findIndex((window, w) => w > from && window !== undefined && window.answers > 0);
  return [{ kind: 'down', address, from, to: up < 0 ? windows.length : up, goesOn: up < 0 }];
}

function failing(
  { address, windows }: Pick<EndpointSeen, 'address' | 'windows'>,
  rate: number,
  usual: number,
): SeenFault[] {
  const errors = windows.map((window) => window?.http5xx ?? 0);
  if (errors.reduce((a, b) => a + b, 0) < LEAST_ERROR_COUNT || rate < 2 * usual + LEAST_ERRORS) return [];
  const from = errors.findIndex((count) => count > 0);
  const to = errors.findLastIndex((count) => count > 0) + 1;
  const value = errorRate({ windows: windows.slice(from, to) });
  return [{ kind: 'errors', address, from, to, goesOn: to >= windows.length - LATELY, value }];
}
