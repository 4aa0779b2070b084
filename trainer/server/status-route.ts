// GET /v1/status: what the trainer knows, for people and for `weir up`.
import { z } from 'zod';
import type { Fleet, FleetView } from '../telemetry/fleet.js';
import type { ProxySummary } from '../telemetry/proxy-state.js';
import type { Route } from './route.js';
import { json } from './schemas.js';

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

const proxy = z.object({
  id: z.string(),
  seq: z.int(),
  lastReportAgeMs: z.number(),
  intervalMs: z.number(),
  plugin: z.string(),
  policy: z.string(),
  mode: z.string(),
  workers: z.array(z.object({ id: z.string(), model: z.string() })),
  counters: z.record(z.string(), z.number()),
});
const quantiles = { p50Ms: z.number().optional(), p99Ms: z.number().optional() };
const endpoint = z.object({
  address: z.string(),
  capacity: z.number(),
  inFlight: z.number(),
  rps: z.number(),
  errorRate: z.number(),
  ...quantiles,
  cpu: z.number().optional(),
  memory: z.number().optional(),
  weight: z.number(),
  ejectedBy: z.number(),
  totalRequests: z.number(),
  totalErrors: z.number(),
});
const totals = z.object({
  requests: z.number(),
  errors: z.number(),
  fallback: z.number(),
  servedNotChosen: z.number(),
});
const cluster = z.object({
  name: z.string(),
  proxies: z.int(),
  ageMs: z.number(),
  rps: z.number(),
  inFlight: z.number(),
  errorRate: z.number(),
  ...quantiles,
  totals,
  endpoints: z.array(endpoint),
});
const model = z.object({
  id: z.string(),
  requests: z.number(),
  errors: z.number(),
  ...quantiles,
  lastReportAgeMs: z.number(),
});
export const statusSchema = z
  .object({
    version: z.string(),
    uptimeMs: z.number(),
    proxies: z.object({ count: z.int(), list: z.array(proxy) }),
    clusters: z.array(cluster),
    models: z.array(model),
    reports: z.object({ accepted: z.int(), stale: z.int(), full: z.int() }),
    lastReportAgeMs: z.number().nullable(),
  })
  .meta({ id: 'Status', description: 'Proxies, clusters and models as the fleet sees them' });

export interface StatusRoute {
  readonly fleet: Fleet;
  readonly now: () => number;
  readonly version: string;
}

export function statusRoutes({ fleet, now, version }: StatusRoute): Route[] {
  const startedAt = now();
  return [
    {
      method: 'get',
      path: '/v1/status',
      kind: 'read',
      operation: {
        operationId: 'getStatus',
        summary: 'What the trainer knows',
        responses: { 200: { description: 'The fleet', content: json(statusSchema) } },
      },
      handlers: [
        (_request, response) => {
          const at = now();
          const { proxies: count, ...view } = fleet.view(at);
          const list = fleet.proxies(at).slice(0, MAX_LISTED_PROXIES);
          const status: Status = { version, uptimeMs: at - startedAt, proxies: { count, list }, ...view };
          response.set('cache-control', 'no-store').json(status);
        },
      ],
    },
  ];
}
