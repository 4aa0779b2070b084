// Envoy's clusters of a sidecar: its application, the services that it calls, the trainer.
import type { OutboundService, SidecarSpec } from '../engine.js';
import { ENDPOINT_HEADER, loadBalancingPolicy } from './balancing.js';
import { removeHeader } from './headers.js';
import { socketAddress, typed, type Json } from './json.js';

export const INBOUND_CLUSTER = 'inbound';
export const TRAINER_CLUSTER = 'weir-trainer';

const LOOPBACK = '127.0.0.1';
/**
 * Below the five seconds after which a Node server closes an idle connection: otherwise Envoy now and then sends a
 * request into a connection that is just being closed.
 */
const UPSTREAM_IDLE = '4s';
/** Past any queue of a mesh on one machine: who balances is measured, not who sheds load. */
const UNLIMITED = 1_000_000;

export function clusters(spec: SidecarSpec): Json[] {
  const all = spec.outbound.map((service) => serviceCluster(service, spec.balancing));
  if (spec.appPort !== undefined) all.push(plainCluster(INBOUND_CLUSTER, `${LOOPBACK}:${spec.appPort}`));
  all.push(plainCluster(TRAINER_CLUSTER, `${LOOPBACK}:${spec.trainerPort}`));
  return all;
}

function serviceCluster(service: OutboundService, balancing: SidecarSpec['balancing']): Json {
  return {
    ...staticCluster(service.service, service.endpoints),
    load_balancing_policy: loadBalancingPolicy(balancing),
    typed_extension_protocol_options: httpOptions(balancing === 'weir' ? stripEndpointHeader() : []),
  };
}

function plainCluster(name: string, address: string): Json {
  return { ...staticCluster(name, [address]), typed_extension_protocol_options: httpOptions([]) };
}

function staticCluster(name: string, endpoints: readonly string[]): Json {
  return {
    name,
    type: 'STATIC',
    connect_timeout: '1s',
    circuit_breakers: {
      thresholds: [
        {
          max_connections: UNLIMITED,
          max_pending_requests: UNLIMITED,
          max_requests: UNLIMITED,
          // The default of three would turn one dead endpoint under load into errors.
          max_retries: UNLIMITED,
        },
      ],
    },
    load_assignment: {
      cluster_name: name,
      endpoints: [
        { lb_endpoints: endpoints.map((address) => ({ endpoint: { address: socketAddress(address) } })) },
      ],
    },
  };
}

function httpOptions(upstreamFilters: readonly Json[]): Json {
  return {
    'envoy.extensions.upstreams.http.v3.HttpProtocolOptions': typed(
      'envoy.extensions.upstreams.http.v3.HttpProtocolOptions',
      {
        explicit_http_config: { http_protocol_options: {} },
        common_http_protocol_options: { idle_timeout: UPSTREAM_IDLE },
        ...(upstreamFilters.length > 0 ? { http_filters: upstreamFilters } : {}),
      },
    ),
  };
}

/** Runs after the host was picked. `request_headers_to_remove` of a route would run before, and disarm the header. */
function stripEndpointHeader(): Json[] {
  return [
    {
      name: 'envoy.filters.http.header_mutation',
      typed_config: removeHeader(ENDPOINT_HEADER),
    },
    {
      name: 'envoy.filters.http.upstream_codec',
      typed_config: typed('envoy.extensions.filters.http.upstream_codec.v3.UpstreamCodec'),
    },
  ];
}
