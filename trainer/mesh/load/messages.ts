// What the mesh and the load generator's process say to each other.
import type { Scenario } from '../../environment/scenario.js';
import type { TallyData } from './tally.js';

export interface LoadPlan {
  readonly scenario: Scenario;
  /** `ip:port` of every client sidecar's listener for the entry service, as many as the scenario has proxies. */
  readonly proxies: readonly string[];
  /** Requests at the beginning that do not count. */
  readonly warmup: number;
  /** Ends by itself after so many seconds, or requests, that count; otherwise when told. */
  readonly seconds?: number;
  readonly requests?: number;
}

export interface LoadReport {
  /** The last one: every request was answered, or given up. */
  readonly final: boolean;
  /** Seconds of load that count so far. */
  readonly seconds: number;
  /** Since the last report, warm-up included; `windowSeconds` long. */
  readonly window: TallyData;
  readonly windowSeconds: number;
  /** Without the warm-up. */
  readonly totals: TallyData;
  /** Lives of requests that failed since the last report: arrival and end, ms since the epoch. */
  readonly failures: readonly (readonly [fromMs: number, toMs: number])[];
}

export type ToLoad =
  | { readonly type: 'configure'; readonly plan: LoadPlan }
  | { readonly type: 'start' }
  | { readonly type: 'finish' };

export type FromLoad = { readonly type: 'ready' } | { readonly type: 'report'; readonly report: LoadReport };
