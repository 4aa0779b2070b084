// Schema of POST /v1/reports (docs/contracts.md). Unknown keys are dropped, since a newer plugin may send more;
// a wrong type or a number out of range rejects the report.
import { z } from 'zod';
import {
  MAX_COUNT,
  MAX_ENDPOINTS,
  MAX_INTERVAL_MS,
  MAX_REPORT_CLUSTERS,
  MAX_REPORT_MODELS,
  MAX_REPORT_SAMPLES,
  MAX_REPORT_WORKERS,
  MAX_TEXT,
  MIN_INTERVAL_MS,
} from './limits.js';
import { BINS, type SparseBins } from './sketch.js';
import { CONTEXT, FEATURES } from '../actor/model.js';

const text = z.string().max(MAX_TEXT);
const name = text.min(1);
const count = z.int().min(0).max(MAX_COUNT);
const amount = z.number().min(0).max(1e9);
const share = z.number().min(0).max(1);

/** Checked by hand: a schema of tuples would take nine tenths of the time of a whole report. */
const latency = z
  .custom<SparseBins>(isSparseBins, `is not at most ${BINS} pairs of bin and count`)
  .meta({
    description: 'Pairs of bin and count',
    type: 'array',
    maxItems: BINS,
    items: {
      type: 'array',
      prefixItems: [wholeUpTo(BINS - 1), wholeUpTo(MAX_COUNT)],
      minItems: 2,
      maxItems: 2,
    },
  })
  .default([]);

const serverLoad = z.object({
  inFlight: amount.optional(),
  work: amount.optional(),
  timeMs: amount.optional(),
  rps: amount.optional(),
  cpu: amount.optional(),
  memory: amount.optional(),
  ageMs: amount,
});

const endpoint = z.object({
  address: name,
  requests: count,
  chosen: count.default(0),
  served: count.default(0),
  errors: z
    .object({ connect: count.default(0), timeout: count.default(0), http5xx: count.default(0) })
    .optional(),
  latency,
  inFlight: z.number().min(0).max(MAX_COUNT),
  weight: z.number().min(0).max(MAX_ENDPOINTS).default(0),
  ejected: z.boolean().default(false),
  server: serverLoad.optional(),
});

const cluster = z.object({
  name,
  requests: count,
  fallback: count.default(0),
  servedNotChosen: count.default(0),
  endpoints: z
    .array(endpoint)
    .max(MAX_ENDPOINTS)
    .refine((all) => distinct(all.map((e) => e.address)), 'an address appears twice'),
});

const sample = z
  .object({
    cluster: name,
    endpoints: z.int().min(1).max(MAX_ENDPOINTS),
    features: z.base64(),
    context: z.base64(),
    action: z.int().min(0),
    probability: share,
    latencyMs: amount,
    error: z.boolean(),
    model: text,
  })
  .refine((s) => s.action < s.endpoints, { path: ['action'], error: 'is not one of the endpoints' })
  .refine((s) => decodedLength(s.features) === s.endpoints * FEATURES, {
    path: ['features'],
    error: `is not one row of ${FEATURES} bytes an endpoint`,
  })
  .refine((s) => decodedLength(s.context) === CONTEXT, {
    path: ['context'],
    error: `is not ${CONTEXT} bytes`,
  });

export const reportSchema = z.object({
  version: z.literal(1),
  proxy: name,
  seq: z.int().min(0),
  intervalMs: z.number().min(MIN_INTERVAL_MS).max(MAX_INTERVAL_MS),
  plugin: text.default(''),
  policy: text.default(''),
  mode: text.default(''),
  workers: z
    .array(z.object({ id: text, model: text.default('') }))
    .max(MAX_REPORT_WORKERS)
    .default([]),
  models: z
    .array(z.object({ id: text, requests: count, errors: count.default(0), latency }))
    .max(MAX_REPORT_MODELS)
    .default([]),
  clusters: z
    .array(cluster)
    .max(MAX_REPORT_CLUSTERS)
    .refine((all) => distinct(all.map((c) => c.name)), 'a name appears twice'),
  samples: z.array(sample).max(MAX_REPORT_SAMPLES).default([]),
  counters: z.record(text, amount).default({}),
});

export type Report = z.output<typeof reportSchema>;
export type ReportedCluster = Report['clusters'][number];
export type ReportedEndpoint = ReportedCluster['endpoints'][number];

function isSparseBins(value: unknown): boolean {
  return Array.isArray(value) && value.length <= BINS && value.every(isPair);
}

function isPair(pair: unknown): boolean {
  return (
    Array.isArray(pair) && pair.length === 2 && isWhole(pair[0], BINS - 1) && isWhole(pair[1], MAX_COUNT)
  );
}

/** The same in the words of JSON Schema. */
function wholeUpTo(maximum: number): object {
  return { type: 'integer', minimum: 0, maximum };
}

function isWhole(value: unknown, most: number): boolean {
  return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= most;
}

function distinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}

function decodedLength(base64: string): number {
  const padding = base64.endsWith('==') ? 2 : base64.endsWith('=') ? 1 : 0;
  return (base64.length / 4) * 3 - padding;
}
