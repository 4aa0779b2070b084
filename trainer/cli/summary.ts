// What `weir up` hands over at the end.
import type { Figures } from '../mesh/view/state.js';
import { plural } from '../mesh/view/text.js';

/** The result of `weir up --json`. */
export interface UpResult {
  readonly engine: 'envoy' | 'embedded';
  readonly policy: string;
  readonly scenario: string;
  readonly durationSeconds: number;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answered requests a second. */
  readonly throughputRps: number;
  readonly reloads: number;
  readonly reloadMs: readonly number[];
  readonly failedDuringReload: number;
  readonly servedNotChosen: number;
  readonly perEndpoint: readonly {
    readonly service: string;
    readonly address: string;
    readonly speed: number;
    readonly workers: number;
    readonly requests: number;
    readonly share: number;
  }[];
}

export type RunFacts = Pick<
  UpResult,
  'engine' | 'policy' | 'scenario' | 'reloadMs' | 'failedDuringReload' | 'servedNotChosen'
>;

/** Figures to a thousandth: more digits would only look precise. */
const round = (value: number) => Math.round(value * 1000) / 1000;

export function summarise(facts: RunFacts, total: Figures): UpResult {
  const { engine, policy, scenario, reloadMs, failedDuringReload, servedNotChosen } = facts;
  return {
    engine,
    policy,
    scenario,
    durationSeconds: round(total.seconds),
    requests: total.requests,
    errors: total.errors,
    p50Ms: round(total.p50Ms),
    p99Ms: round(total.p99Ms),
    throughputRps: round(total.rps),
    reloads: reloadMs.length,
    reloadMs: reloadMs.map(round),
    failedDuringReload,
    servedNotChosen,
    perEndpoint: total.endpoints.map(({ service, address, speed, workers, requests, share }) => ({
      service,
      address,
      speed,
      workers,
      requests,
      share: round(share),
    })),
  };
}

/** The line below the last table. */
export function closingLine(result: UpResult): string {
  const { reloadMs, failedDuringReload, servedNotChosen } = result;
  const times = reloadMs.map((ms) => ms.toFixed(0)).join(', ');
  const reloads =
    reloadMs.length === 0
      ? 'no reload'
      : `${plural(reloadMs.length, 'reload')} (${times} ms), ${plural(failedDuringReload, 'failed request')} meanwhile`;
  return `${reloads}; ${plural(servedNotChosen, 'request')} served by another endpoint than the chosen one`;
}
