// From EndpointSlices to endpoint tables, by the rules of discovery.k8s.io/v1 and of kube-proxy.
import type { V1Endpoint, V1EndpointSlice } from '@kubernetes/client-node';
import type { EndpointSource, SourcedEndpoint } from './endpoint-source.js';
import { MAX_ENDPOINTS } from './limits.js';

const SERVICE_LABEL = 'kubernetes.io/service-name';

interface Candidate extends SourcedEndpoint {
  readonly isReady: boolean;
}

/**
 * Endpoints that are ready; where a service has none, those that still serve while they end (KEP-1669), so that a
 * rollout of its pods does not leave it without any. A service without either has an empty table, which tells the
 * sidecars to keep theirs.
 * @param template of the clusters' names: `outbound|8080||{service}.{namespace}.svc.cluster.local`
 */
export function tableOf(slices: readonly V1EndpointSlice[], template: string): EndpointSource['endpoints'] {
  const clusters = new Map<string, Map<string, Candidate>>();
  for (const slice of slices) {
    const service = slice.metadata?.labels?.[SERVICE_LABEL];
    // FQDN: names are nothing that a sidecar could compare with a host.
    if (service === undefined || slice.addressType === 'FQDN') continue;
    for (const { name: portName = '', port } of slice.ports ?? []) {
      if (port === undefined) continue;
      const fields = {
        service,
        namespace: slice.metadata?.namespace ?? 'default',
        portName,
        port: String(port),
      };
      const cluster = fill(template, fields);
      const candidates = clusters.get(cluster) ?? new Map<string, Candidate>();
      clusters.set(cluster, candidates);
      for (const endpoint of slice.endpoints ?? []) add(candidates, endpoint, slice.addressType, port);
    }
  }
  return Object.fromEntries([...clusters].map(([cluster, found]) => [cluster, chosen([...found.values()])]));
}

function add(found: Map<string, Candidate>, endpoint: V1Endpoint, addressType: string, port: number): void {
  const { conditions, hints, zone } = endpoint;
  // Absent means true, and `serving` then means what `ready` does.
  const isReady = conditions?.ready ?? true;
  const isServing = conditions?.serving ?? isReady;
  if (!isServing && !isReady) return;
  // Further addresses stand for the same endpoint.
  const [ip] = endpoint.addresses;
  if (ip === undefined) return;
  const address = addressType === 'IPv6' ? `[${ip}]:${port}` : `${ip}:${port}`;
  // While a pod moves from one slice to another it may be in both.
  if (found.get(address)?.isReady === true) return;
  const forZones = hints?.forZones?.map(({ name }) => name);
  found.set(address, {
    address,
    weight: 1,
    isReady,
    ...(zone === undefined ? {} : { zone }),
    ...(forZones === undefined ? {} : { forZones }),
  });
}

/** In an order of their own, so that the table changes only when the endpoints do. */
function chosen(candidates: readonly Candidate[]): SourcedEndpoint[] {
  const ready = candidates.filter(({ isReady }) => isReady);
  return (ready.length > 0 ? ready : candidates)
    .map(({ isReady: _, ...endpoint }) => endpoint)
    .sort((a, b) => (a.address < b.address ? -1 : 1))
    .slice(0, MAX_ENDPOINTS);
}

function fill(template: string, fields: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (whole, name: string) => fields[name] ?? whole);
}
