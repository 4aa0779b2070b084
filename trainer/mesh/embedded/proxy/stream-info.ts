// What the proxy knows of a request, served as properties by Envoy's attribute names.
// https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/advanced/attributes
import type { PropertyValue } from '../vm/property.js';

/** Envoy's response flags, the bits of the attribute `response.flags`. */
export const ResponseFlag = {
  NO_HEALTHY_UPSTREAM: 0x2,
  UPSTREAM_CONNECTION_FAILURE: 0x20,
  UPSTREAM_CONNECTION_TERMINATION: 0x40,
} as const;

export type Direction = 'inbound' | 'outbound';
const DIRECTION_NUMBER = { inbound: 1n, outbound: 2n };

export class StreamInfo {
  /** Endpoint of the latest attempt. */
  upstream: string | undefined;
  status: number | undefined;
  flags = 0;
  details = '';

  constructor(
    private readonly cluster: string,
    private readonly direction: Direction,
    private readonly source: string,
  ) {}

  readonly property = (path: readonly string[]): PropertyValue | undefined => {
    switch (path.join('.')) {
      case 'cluster_name':
      case 'xds.cluster_name':
        return this.cluster;
      case 'listener_direction':
      case 'xds.listener_direction':
        return DIRECTION_NUMBER[this.direction];
      case 'source.address':
        return this.source;
      case 'upstream.address':
        return this.upstream;
      case 'response.code':
        return this.status === undefined ? undefined : BigInt(this.status);
      case 'response.flags':
        return BigInt(this.flags);
      case 'response.code_details':
        return this.details === '' ? undefined : this.details;
      default:
        return undefined;
    }
  };
}
