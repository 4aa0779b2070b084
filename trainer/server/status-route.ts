// GET /v1/status: what the trainer knows, for people and for `weir up`.
import type { RequestHandler } from 'express';
import type { Fleet, FleetView } from '../telemetry/fleet.js';
import type { ProxySummary } from '../telemetry/proxy-state.js';

export interface Status extends Omit<FleetView, 'proxies'> {
  readonly version: string;
  readonly uptimeMs: number;
  readonly proxies: {
    readonly count: number;
    /** Up to MAX_LISTED_PROXIES of them. */
    readonly list: readonly ProxySummary[];
  };
}

const MAX_LISTED_PROXIES = 1000;

export interface StatusRoute {
  readonly fleet: Fleet;
  readonly now: () => number;
  readonly version: string;
}

export function statusRoute({ fleet, now, version }: StatusRoute): RequestHandler {
  const startedAt = now();
  return (_request, response) => {
    const at = now();
    const { proxies: count, ...view } = fleet.view(at);
    const list = fleet.proxies(at).slice(0, MAX_LISTED_PROXIES);
    const status: Status = { version, uptimeMs: at - startedAt, proxies: { count, list }, ...view };
    response.set('cache-control', 'no-store').json(status);
  };
}
