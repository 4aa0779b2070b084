// What the fleet is like now: its clusters, and their endpoints as far as there is room for them.
import type { ClusterSummary } from '../cluster-view.js';
import type { EndpointSummary } from '../endpoint-view.js';
import type { Family, Labels } from './exposition.js';
import { OTHER } from './labels.js';

/** Over all clusters; `weir_endpoints` says how many there are. */
const MAX_ENDPOINTS_SHOWN = 500;

type Value<T> = readonly [name: string, help: string, value: (of: T) => number | undefined];

const CLUSTER: readonly Value<ClusterSummary>[] = [
  ['weir_cluster_proxies', 'Proxies that report the cluster', (of) => of.proxies],
  ['weir_cluster_in_flight', 'Requests under way', (of) => of.inFlight],
  [
    'weir_cluster_age_seconds',
    'Age of the oldest report in the view of the cluster',
    (of) => of.ageMs / 1000,
  ],
];

const ENDPOINT: readonly Value<EndpointSummary>[] = [
  ['weir_endpoint_weight', 'Mean over the proxies of the weight that the policy gives', (of) => of.weight],
  ['weir_endpoint_in_flight', 'Requests under way', (of) => of.inFlight],
  ['weir_endpoint_rps', 'Requests a second', (of) => of.rps],
  ['weir_endpoint_error_share', 'Share of its requests that fail', (of) => of.errorRate],
  ['weir_endpoint_cpu', 'Share of its cpu in use, as the server or its pod says', (of) => of.cpu],
  ['weir_endpoint_memory', 'Share of its memory in use, as the server or its pod says', (of) => of.memory],
  ['weir_endpoint_ejected_by', 'Proxies that leave it out', (of) => of.ejectedBy],
];

/** @param label under which a cluster is shown; those that have none of their own are left out */
export function fleetFamilies(
  clusters: readonly ClusterSummary[],
  label: (cluster: string) => string,
): Family[] {
  const shown = clusters.filter(({ name }) => name === label(name) && name !== OTHER);
  const rows = shown.map((of) => ({ labels: { cluster: of.name }, of }));
  const endpoints = shown
    .flatMap(({ name, endpoints: all }) =>
      all.map((of) => ({ labels: { cluster: name, endpoint: of.address }, of })),
    )
    .slice(0, MAX_ENDPOINTS_SHOWN);
  return [...gauges(CLUSTER, rows), ...gauges(ENDPOINT, endpoints)];
}

function gauges<T>(
  values: readonly Value<T>[],
  rows: readonly { readonly labels: Labels; readonly of: T }[],
): Family[] {
  return values.map(([name, help, value]) => ({
    ...{ name, help, type: 'gauge' as const },
    samples: rows.flatMap(({ labels, of }) => {
      const known = value(of);
      return known === undefined ? [] : [{ labels, value: known }];
    }),
  }));
}
