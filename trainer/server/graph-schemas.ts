// The graph and traces as the OpenAPI document shows them; the types are those of telemetry/graph/graph-view.ts.
import { z } from 'zod';
import 'zod-openapi';
import { WINDOWS } from '../telemetry/graph/graph-view.js';

const window = z.enum(WINDOWS);
const share = z.number().min(0).max(1);
const quantiles = {
  p50Ms: z.number().optional(),
  p90Ms: z.number().optional(),
  p99Ms: z.number().optional(),
};
const figures = {
  requests: z.number(),
  rps: z.number(),
  errors: z.number(),
  errorShare: share,
  ...quantiles,
};
const exemplar = z.object({
  traceId: z.string(),
  ms: z.number(),
  failed: z.boolean(),
  at: z.number(),
  url: z.string().optional(),
});
const node = {
  name: z.string(),
  ...figures,
  selfMs: z.number(),
  waitingMs: z.number(),
  criticalShare: share,
  isEntry: z.boolean(),
};
const edge = z
  .object({
    from: z.string(),
    to: z.string(),
    ...figures,
    betweenShare: share,
    exemplars: z.array(exemplar),
  })
  .meta({ id: 'CallEdge' });

export const graphView = z
  .object({
    window,
    at: z.number().meta({ description: 'Unix time in ms' }),
    sampledShare: share,
    services: z.array(z.object(node)),
    edges: z.array(edge),
    bottlenecks: z.array(
      z.object({
        service: z.string(),
        endpoint: z.string().optional(),
        share,
        reason: z.string(),
        exemplar: exemplar.optional(),
      }),
    ),
    errors: z.array(
      z.object({
        service: z.string(),
        endpoint: z.string().optional(),
        code: z.string(),
        errors: z.number(),
        errorShare: share,
        reason: z.string(),
        exemplar: exemplar.optional(),
      }),
    ),
  })
  .meta({ id: 'Graph', description: 'Who calls whom, where the time goes, where failures begin' });

export const serviceView = z
  .object({
    ...node,
    window,
    endpoints: z.array(
      z.object({
        address: z.string(),
        name: z.string().optional(),
        ...figures,
        selfMs: z.number(),
        share,
      }),
    ),
    paths: z.array(z.object({ method: z.string(), path: z.string(), ...figures })),
    callers: z.array(edge),
    callees: z.array(edge),
    hours: z.array(
      z.object({
        hour: z.int().min(0).max(23),
        requests: z.number(),
        errors: z.number(),
        p99Ms: z.number().optional(),
      }),
    ),
    exemplars: z.array(exemplar),
  })
  .meta({ id: 'Service' });

const summary = {
  traceId: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
  failed: z.boolean(),
  spans: z.int(),
  services: z.array(z.string()),
  method: z.string().optional(),
  path: z.string().optional(),
  status: z.int().optional(),
  user: z.string().optional(),
  url: z.string().optional(),
};
export const traceSummary = z.object(summary).meta({ id: 'TraceSummary' });

const span = z.object({
  traceId: z.string(),
  spanId: z.string(),
  parentId: z.string().optional(),
  service: z.string(),
  instance: z.string().optional(),
  kind: z.enum(['server', 'client', 'producer', 'consumer', 'internal']),
  name: z.string(),
  startMs: z.number(),
  durationMs: z.number(),
  failed: z.boolean(),
  status: z.int().optional(),
  method: z.string().optional(),
  path: z.string().optional(),
  peer: z.string().optional(),
  endpoint: z.string().optional(),
  chosen: z.string().optional(),
  model: z.string().optional(),
  user: z.string().optional(),
  attributes: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  depth: z.int(),
  offsetMs: z.number(),
  isCritical: z.boolean(),
});
export const traceView = z.object({ ...summary, waterfall: z.array(span) }).meta({ id: 'Trace' });
