// Load-balancing policies of a service's cluster: Weir's and, for comparisons, Envoy's own.
import type { EnvoyPolicy } from '../engine.js';
import { typed, type Json } from './json.js';

/** The request header that the filter writes and `override_host` reads (docs/contracts.md). */
export const ENDPOINT_HEADER = 'x-weir-endpoint';
/** Clients that want to stay on an endpoint with ring_hash send this; without it the source address counts. */
export const HASH_HEADER = 'x-hash-key';

const POLICIES = 'envoy.extensions.load_balancing_policies';

/** The `load_balancing_policy` of a cluster. */
export function loadBalancingPolicy(balancing: 'weir' | EnvoyPolicy): Json {
  return {
    policies: [{ typed_extension_config: balancing === 'weir' ? overrideHost() : envoyPolicy(balancing) }],
  };
}

/**
 * The first try goes to the first host of the header, each retry to the next one. No header, a host that is not in the
 * cluster and the end of the list go to Envoy's own balancing.
 */
function overrideHost(): Json {
  return extension('override_host', 'override_host.v3.OverrideHost', {
    override_host_sources: [{ header: ENDPOINT_HEADER }],
    fallback_policy: { policies: [{ typed_extension_config: envoyPolicy('least_request') }] },
  });
}

function envoyPolicy(policy: EnvoyPolicy): Json {
  const [message, config] = ENVOY_MESSAGES[policy];
  return extension(policy, `${policy}.v3.${message}`, config);
}

/** Envoy's defaults, spelt out where a comparison depends on them. */
const ENVOY_MESSAGES: Readonly<Record<EnvoyPolicy, readonly [message: string, config: Json]>> = {
  least_request: ['LeastRequest', { choice_count: 2 }],
  round_robin: ['RoundRobin', {}],
  random: ['Random', {}],
  ring_hash: ['RingHash', { minimum_ring_size: 1024, hash_function: 'XX_HASH' }],
  client_side_weighted_round_robin: [
    'ClientSideWeightedRoundRobin',
    {
      // The documented default of ten seconds would leave a short run with plain round robin: unfair to this peer.
      blackout_period: '1s',
      weight_expiration_period: '180s',
      weight_update_period: '1s',
      error_utilization_penalty: 1,
    },
  ],
};

/** What `ring_hash` hashes, on the route. */
export function hashPolicy(balancing: 'weir' | EnvoyPolicy): Json {
  if (balancing !== 'ring_hash') return {};
  return {
    hash_policy: [
      { header: { header_name: HASH_HEADER }, terminal: true },
      { connection_properties: { source_ip: true } },
    ],
  };
}

function extension(policy: string, message: string, config: Json): Json {
  return {
    name: `envoy.load_balancing_policies.${policy}`,
    typed_config: typed(`${POLICIES}.${message}`, config),
  };
}
