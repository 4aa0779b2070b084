// A service that Weir balances, in the names of Kubernetes and of Envoy.

/** How Envoy speaks to its endpoints; sidecars speak HTTP/1.1 where a port's name does not say http2 or grpc. */
export type Protocol = 'http' | 'http2' | 'grpc';

export interface BalancedService {
  readonly namespace: string;
  readonly name: string;
  readonly port: number;
  readonly protocol: Protocol;
  /** Of its DestinationRule: each is a cluster of its own. */
  readonly subsets: readonly string[];
}

export const hostOf = ({ name, namespace }: Pick<BalancedService, 'name' | 'namespace'>): string =>
  `${name}.${namespace}.svc.cluster.local`;

/** Names of its clusters in Envoys that istiod configures: without a subset, and one for each. */
export function clustersOf(service: BalancedService): string[] {
  return ['', ...service.subsets].map((subset) => `outbound|${service.port}|${subset}|${hostOf(service)}`);
}
