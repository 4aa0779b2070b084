// What the network sees, in the order of its inputs (docs/contracts.md, model file). The hash of the names goes into
// every model file, so a filter that computes other features, or the same in another order, refuses the model.

/** One row an endpoint. */
export const ENDPOINT_FEATURES = [
  'own_requests',
  'own_work',
  'sibling_requests',
  'sibling_work',
  'fleet_requests',
  'fleet_latency',
  'latency',
  'samples',
  'deviation',
  'peak',
  'latency_age',
  'server_requests',
  'server_work',
  'server_time',
  'server_latency',
  'sent_since',
  'server_age',
  'cpu',
  'memory',
  'error_rate',
  'rate',
  'rate_trend',
  'affinity',
  'base_score',
] as const;

/** One row a decision, the same for all endpoints. */
export const CONTEXT_FEATURES = [
  'endpoints',
  'proxies',
  'load',
  'burstiness',
  'request_work',
  'fleet_age',
  'spread',
  'deviation',
] as const;

/** Grows with every change of what a feature means that its name does not show. */
export const FEATURE_SET_VERSION = 2;

/** FNV-1a, 32 bits, of a text of ASCII. */
export function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

export const FEATURE_SET_HASH = fnv1a32([...ENDPOINT_FEATURES, ...CONTEXT_FEATURES].join(','));
