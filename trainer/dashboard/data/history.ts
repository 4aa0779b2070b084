// The columns of the history, with each new sample at their end.
import type {
  ClusterHistory,
  ClusterSample,
  EndpointHistory,
  EndpointSample,
  HistoryView,
  LiveSample,
} from '../../telemetry/history/history-view.js';

export const emptyHistory: HistoryView = { at: [], everyMs: 1000, clusters: [] };

/** @param most samples that are kept */
export function append(history: HistoryView, sample: LiveSample, most: number): HistoryView {
  if ((history.at.at(-1) ?? -Infinity) >= sample.at) return history;
  const before = history.at.length;
  const at = [...history.at, sample.at].slice(-most);
  const drop = before + 1 - at.length;
  const clusters = named(history.clusters, sample.clusters).map(([old, now]) => {
    const name = (now ?? old)!.name;
    const endpoints = joined(old?.endpoints ?? [], now?.endpoints ?? [], before, drop);
    return { name, ...columns(CLUSTER, old, now, before, drop), endpoints } as unknown as ClusterHistory;
  });
  return { at, everyMs: history.everyMs, clusters };
}

const CLUSTER = ['rps', 'errorShare', 'p50Ms', 'p99Ms', 'inFlight', 'steeredShare', 'fallbackShare'] as const;
const ENDPOINT = ['weight', 'rps', 'errorShare', 'p99Ms', 'inFlight', 'cpu', 'memory'] as const;

type Column = readonly (number | null)[];

function columns(
  names: readonly string[],
  old: object | undefined,
  now: object | undefined,
  before: number,
  drop: number,
): Record<string, Column> {
  return Object.fromEntries(
    names.map((name) => {
      const column =
        (old as Record<string, Column> | undefined)?.[name] ?? new Array<null>(before).fill(null);
      const value = (now as Record<string, number | null> | undefined)?.[name] ?? null;
      return [name, [...column, value].slice(drop)];
    }),
  );
}

function joined(
  old: readonly EndpointHistory[],
  now: readonly EndpointSample[],
  before: number,
  drop: number,
): EndpointHistory[] {
  const byAddress = new Map(now.map((endpoint) => [endpoint.address, endpoint]));
  const addresses = new Set([...old.map(({ address }) => address), ...byAddress.keys()]);
  const known = new Map(old.map((endpoint) => [endpoint.address, endpoint]));
  return [...addresses]
    .map((address) => {
      const filled = columns(ENDPOINT, known.get(address), byAddress.get(address), before, drop);
      return { address, ...filled } as unknown as EndpointHistory;
    })
    .filter((endpoint) => endpoint.rps.some((value) => value !== null));
}

function named(
  old: readonly ClusterHistory[],
  now: readonly ClusterSample[],
): [ClusterHistory | undefined, ClusterSample | undefined][] {
  const before = new Map(old.map((cluster) => [cluster.name, cluster]));
  const after = new Map(now.map((cluster) => [cluster.name, cluster]));
  const names = [...new Set([...before.keys(), ...after.keys()])];
  return names.map((name) => [before.get(name), after.get(name)]);
}

/** All clusters as one: rates and requests in flight add up, shares and quantiles are weighted by the rate. */
export function total(history: HistoryView): Pick<ClusterHistory, (typeof CLUSTER)[number]> {
  const sum = (name: 'rps' | 'inFlight') => history.at.map((_, i) => add(history.clusters, name, i));
  const mean = (name: 'errorShare' | 'p50Ms' | 'p99Ms' | 'steeredShare' | 'fallbackShare') =>
    history.at.map((_, i) => weighted(history.clusters, name, i));
  return {
    ...{ rps: sum('rps'), inFlight: sum('inFlight'), errorShare: mean('errorShare') },
    ...{ p50Ms: mean('p50Ms'), p99Ms: mean('p99Ms') },
    ...{ steeredShare: mean('steeredShare'), fallbackShare: mean('fallbackShare') },
  };
}

function add(clusters: readonly ClusterHistory[], name: 'rps' | 'inFlight', i: number): number | null {
  const values = clusters.flatMap((cluster) => cluster[name][i] ?? []);
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0);
}

function weighted(
  clusters: readonly ClusterHistory[],
  name: (typeof CLUSTER)[number],
  i: number,
): number | null {
  let [sum, weight] = [0, 0];
  for (const cluster of clusters) {
    const [value, rps] = [cluster[name][i], cluster.rps[i] ?? 0];
    if (value === null || value === undefined) continue;
    sum += value * rps;
    weight += rps;
  }
  return weight === 0 ? null : sum / weight;
}

/** The last value that is known, among the last few. */
export function latest(column: readonly (number | null)[]): number | null {
  return column.slice(-5).findLast((value) => value !== null) ?? null;
}
