// From what was counted to what is said.
import type { EndpointFigures, Exemplar, Figures, GraphWindow } from './graph-view.js';
import type { LatencySketch } from '../sketch.js';
import { partsOf } from './graph.js';
import { Tally } from './tally.js';

export const WINDOW_MS: Readonly<Record<GraphWindow, number>> = {
  '1m': 60_000,
  '15m': 15 * 60_000,
  '24h': 24 * 3_600_000,
};

/** What turns counts of traced calls into figures of all calls. */
export interface Scale {
  /** That the counts are of. */
  readonly seconds: number;
  /** Share of the requests that are traced. */
  readonly sampledShare: number;
}

export function figuresOf({ sums, total }: Tally, { seconds, sampledShare }: Scale): Figures {
  const requests = Math.round(sums.requests / sampledShare);
  const errors = Math.round(sums.errors / sampledShare);
  return {
    ...{ requests, errors, rps: requests / seconds, errorShare: sums.errors / Math.max(1, sums.requests) },
    ...quantilesOf(total),
  };
}

export function quantilesOf(sketch: LatencySketch): Pick<Figures, 'p50Ms' | 'p90Ms' | 'p99Ms'> {
  const [p50Ms, p90Ms, p99Ms] = [0.5, 0.9, 0.99].map((q) => sketch.quantile(q));
  if (p50Ms === undefined || p90Ms === undefined || p99Ms === undefined) return {};
  return { p50Ms, p90Ms, p99Ms };
}

/** Mean a call; 0 without one. */
export const perCall = (ms: number, { sums }: Tally): number =>
  sums.requests === 0 ? 0 : ms / sums.requests;

export function merged(tallies: Iterable<Tally>): Tally {
  const all = new Tally();
  for (const tally of tallies) all.mergeLive(tally);
  return all;
}

/** With the page of its trace in Jaeger, where there is one. */
export type Link = (exemplar: Exemplar) => Exemplar;

export type EndpointTally = { readonly address: string; readonly tally: Tally };

export function endpointFigures(
  { address, tally }: EndpointTally,
  name: string | undefined,
  requests: number,
  scale: Scale,
): EndpointFigures {
  return {
    address,
    ...(name === undefined || name === address ? {} : { name }),
    ...figuresOf(tally, scale),
    selfMs: perCall(tally.sums.selfMs, tally),
    share: tally.sums.requests / Math.max(1, requests),
  };
}

export function byService(endpoints: ReadonlyMap<string, Tally>): Map<string, EndpointTally[]> {
  const all = new Map<string, EndpointTally[]>();
  for (const [key, tally] of endpoints) {
    const [service = '', address = ''] = partsOf(key);
    const list = all.get(service) ?? [];
    all.set(service, list);
    list.push({ address, tally });
  }
  return all;
}
