// What a sample keeps of a cluster and of an endpoint: the figures of the fleet's view in the order of their columns.
import type { ClusterSummary } from '../cluster-view.js';
import type { EndpointSummary } from '../endpoint-view.js';
import type { ClusterHistory, ClusterSample, EndpointHistory, EndpointSample } from './history-view.js';
import { shown, type Figures } from './rows.js';

export const CLUSTER_COLUMNS = [
  'rps',
  'errorShare',
  'p50Ms',
  'p99Ms',
  'inFlight',
  'steeredShare',
  'fallbackShare',
] as const satisfies (keyof ClusterHistory)[];

export const ENDPOINT_COLUMNS = [
  'weight',
  'rps',
  'errorShare',
  'p99Ms',
  'inFlight',
  'cpu',
  'memory',
] as const satisfies (keyof EndpointHistory)[];

/** Requests since the start, and those of them that stayed with Envoy's own balancing. */
export type Totals = Pick<ClusterSummary['totals'], 'requests' | 'fallback'>;

/** @param before totals at the sample before; absent = nothing is known of them */
export function clusterFigures(cluster: ClusterSummary, before: Totals | undefined): Figures {
  const { rps, errorRate, p50Ms = NaN, p99Ms = NaN, inFlight } = cluster;
  const fallback = fallbackShare(cluster.totals, before);
  return [rps, errorRate, p50Ms, p99Ms, inFlight, 1 - fallback, fallback];
}

/** @param weights sum over the cluster */
export function endpointFigures(endpoint: EndpointSummary, weights: number): Figures {
  const { weight, rps, errorRate, p99Ms = NaN, inFlight, cpu = NaN, memory = NaN } = endpoint;
  return [weights > 0 ? weight / weights : NaN, rps, errorRate, p99Ms, inFlight, cpu, memory];
}

/** NaN without a request in between, or where the fleet began to count anew. */
function fallbackShare(totals: Totals, before: Totals | undefined): number {
  const requests = before ? totals.requests - before.requests : 0;
  const fallback = before ? totals.fallback - before.fallback : 0;
  return requests > 0 && fallback >= 0 ? Math.min(1, fallback / requests) : NaN;
}

export const clusterSample = (
  name: string,
  figures: Figures,
  endpoints: readonly EndpointSample[],
): ClusterSample => ({ name, ...byColumn(CLUSTER_COLUMNS, (i) => shown(figures[i]!)), endpoints });

export const endpointSample = (address: string, figures: Figures): EndpointSample => ({
  address,
  ...byColumn(ENDPOINT_COLUMNS, (i) => shown(figures[i]!)),
});

export function byColumn<K extends string, V>(
  columns: readonly K[],
  value: (index: number) => V,
): Record<K, V> {
  return Object.fromEntries(columns.map((column, i) => [column, value(i)])) as Record<K, V>;
}
