// Envoy's listeners of a sidecar: one for its application, one for each service that the application calls.
import { dirname } from 'node:path';
import type { EngineFiles, SidecarSpec } from '../engine.js';
import { ENDPOINT_HEADER, hashPolicy } from './balancing.js';
import { HEADER_MUTATION_TYPE, removeHeader } from './headers.js';
import { INBOUND_CLUSTER } from './clusters.js';
import { typed, type Json } from './json.js';
import { direction, tracing } from './tracing.js';
import { FILTER_NAME, WASM_FILTER_TYPE, type Role } from './wasm.js';

export const INBOUND_LISTENER = 'inbound';
export const outboundListener = (service: string): string => `outbound_${service}`;

/** Longest answer of a service, retries included: Envoy's own default, spelt out. */
const ROUTE_TIMEOUT = '15s';
const NO_TIMEOUT = '0s';

/**
 * The ranked list of the filter takes effect by retries: each goes to the next host of the list. Only failures before
 * the application saw the request are retried, so that a POST is never run twice.
 */
const RETRY_POLICY: Json = {
  retry_on: 'connect-failure,refused-stream,reset-before-request',
  num_retries: 2,
  retry_back_off: { base_interval: '0.001s', max_interval: '0.01s' },
  // For tries that Envoy's own balancing places (Istio sets the same predicate): not the host again that just failed.
  // A dead host always looks least loaded: of two hosts, power of two choices picks it three times out of four.
  retry_host_predicate: [
    {
      name: 'envoy.retry_host_predicates.previous_hosts',
      typed_config: typed('envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate'),
    },
  ],
  host_selection_retry_max_attempts: 20,
};

export function listeners(spec: SidecarSpec, files: EngineFiles, version: string): Json[] {
  const filtered = spec.balancing === 'weir';
  const filterOf = (role: Role, path: string) => (filtered ? [discovered(role, path)] : []);
  const all = spec.outbound.map(({ service }) =>
    listener(spec, version, {
      name: outboundListener(service),
      direction: 'OUTBOUND',
      filters: filterOf('client', files.clientConfig),
      route: {
        cluster: service,
        timeout: spec.callersTimeOut ? NO_TIMEOUT : ROUTE_TIMEOUT,
        retry_policy: RETRY_POLICY,
        ...hashPolicy(spec.balancing),
      },
    }),
  );
  if (spec.appPort !== undefined)
    all.push(
      listener(spec, version, {
        name: INBOUND_LISTENER,
        direction: 'INBOUND',
        filters: filterOf('server', files.serverConfig),
        // The caller's timeout governs: a second one here would only race it.
        route: { cluster: INBOUND_CLUSTER, timeout: NO_TIMEOUT },
      }),
    );
  return all;
}

interface ListenerParts {
  readonly name: string;
  readonly direction: 'INBOUND' | 'OUTBOUND';
  readonly filters: readonly Json[];
  readonly route: Json;
}

function listener(
  spec: SidecarSpec,
  version: string,
  { name, filters, route, ...parts }: ListenerParts,
): Json {
  const manager = typed('envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager', {
    stat_prefix: name,
    codec_type: 'HTTP1',
    ...tracing(spec, version),
    http_filters: [
      ...filters,
      {
        name: 'envoy.filters.http.router',
        typed_config: typed('envoy.extensions.filters.http.router.v3.Router'),
      },
    ],
    route_config: {
      name,
      virtual_hosts: [{ name, domains: ['*'], routes: [{ match: { prefix: '/' }, route }] }],
    },
  });
  return {
    name,
    stat_prefix: name,
    address: { socket_address: { address: '127.0.0.1', port_value: 0 } },
    ...direction(spec, parts.direction),
    // A few long connections of one application would otherwise all land on one worker by the kernel's hash.
    ...(spec.workers > 1 ? { connection_balance_config: { exact_balance: {} } } : {}),
    filter_chains: [
      { filters: [{ name: 'envoy.filters.network.http_connection_manager', typed_config: manager }] },
    ],
  };
}

/**
 * The filter by ECDS from a file: the listener waits for its first configuration, a later one is taken over by a rename
 * in the file's folder, and one that is refused leaves the last good one in place. Where already the first one is
 * refused, the default takes its place: without one, Envoy answers every request with 500.
 */
function discovered(role: Role, path: string): Json {
  return {
    name: FILTER_NAME[role],
    config_discovery: {
      config_source: {
        path_config_source: { path, watched_directory: { path: dirname(path) } },
        resource_api_version: 'V3',
      },
      type_urls: [WASM_FILTER_TYPE, HEADER_MUTATION_TYPE],
      default_config: removeHeader(ENDPOINT_HEADER),
    },
  };
}
