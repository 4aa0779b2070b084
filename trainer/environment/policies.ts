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

/** What anyone can have the simulator run. */
export const SIMULATOR_POLICIES = [...PROXY_POLICIES, ...ORACLE_POLICIES] as const;

/** Decided by a table that was learned (trainer/environment/table.ts); it exists in the simulator only. */
export const TABLE_POLICY = 'table';

/** The actor before it was quantised (trainer/actor/float-network.ts), likewise. */
export const FLOAT_POLICY = 'float';

/** All that the simulator runs. */
export type SimulatorPolicy = ProxyPolicy | OraclePolicy | typeof TABLE_POLICY | typeof FLOAT_POLICY;
