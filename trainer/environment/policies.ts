// Balancing policies by name.

/** What a proxy can run. */
export const PROXY_POLICIES = [
  'random',
  'round-robin',
  'weighted-round-robin',
  'source-hash',
  'destination-hash',
  'least-request',
  'least-request-full',
  'least-response-time',
  'peak-ewma',
  'client-side-wrr',
  'c3',
  'prequal',
  'ewma-full',
  'work-full',
  'actor',
] as const;
export type ProxyPolicy = (typeof PROXY_POLICIES)[number];

/** References that see what no proxy can; they exist in the simulator only. */
export const ORACLE_POLICIES = ['jsq-oracle', 'sed-oracle', 'work-oracle', 'clairvoyant'] as const;
export type OraclePolicy = (typeof ORACLE_POLICIES)[number];

/** What the simulator can run. */
export const SIMULATOR_POLICIES = [...PROXY_POLICIES, ...ORACLE_POLICIES] as const;
export type SimulatorPolicy = ProxyPolicy | OraclePolicy;
