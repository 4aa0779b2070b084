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
import { compile } from './report-check.js';
import { base64, decodedLength, latencyBins, whole, within } from './report-fields.js';
import { CONTEXT, FEATURES } from '../actor/model.js';

const text = z.string().max(MAX_TEXT);
const name = text.min(1);
const count = whole(MAX_COUNT);
const amount = within(0, 1e9);
const share = within(0, 1);

const latency = latencyBins.default([]);

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
  inFlight: within(0, MAX_COUNT),
  weight: within(0, MAX_ENDPOINTS).default(0),
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
    endpoints: whole(MAX_ENDPOINTS),
    features: base64,
    context: base64,
    action: whole(MAX_ENDPOINTS),
    probability: share,
    latencyMs: amount,
    error: z.boolean(),
    model: text,
  })
  .refine((s) => s.action < s.endpoints, { path: ['action'], error: 'is not one of the endpoints' })
  // How long a row is depends on the feature set of the filter, which may be of another version.
  .refine((s) => decodedLength(s.features) % s.endpoints === 0, {
    path: ['features'],
    error: 'is not a row of equal length an endpoint',
  });

export const reportSchema = z.object({
  version: z.literal(1),
  proxy: name,
  seq: whole(Number.MAX_SAFE_INTEGER),
  intervalMs: within(MIN_INTERVAL_MS, MAX_INTERVAL_MS),
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

type SentReport = z.output<typeof reportSchema>;
type SentCluster = SentReport['clusters'][number];

/** What the trainer knows of the pod of an endpoint whose server does not say it (pods/join-pods.ts). */
export interface PodWord {
  /** Shares in use, 0 to 1; null: the sidecar has one that nobody says any more. */
  readonly cpu?: number | null;
  readonly memory?: number | null;
  /** `cpu` is a share of all that there is. */
  readonly isOfLimits: boolean;
  /** End of the time that it is an average over, and until when it counts. */
  readonly at: number;
  readonly until: number;
  readonly windowMs: number;
}

export type ReportedEndpoint = SentCluster['endpoints'][number] & { pod?: PodWord };
export type ReportedCluster = Omit<SentCluster, 'endpoints'> & { endpoints: ReportedEndpoint[] };
export type Report = Omit<SentReport, 'clusters'> & { clusters: ReportedCluster[] };

/** Without decision records of another feature set, of which nobody here can make use; all else of a report counts. */
export function ofThisFeatureSet(report: Report): Report {
  const samples = report.samples.filter(
    ({ endpoints, features, context }) =>
      decodedLength(features) === endpoints * FEATURES && decodedLength(context) === CONTEXT,
  );
  return samples.length === report.samples.length ? report : { ...report, samples };
}

/** Whether a value is a report as it is, without defaults to fill in or keys to drop: true of what the plugin sends. */
export const isWholeReport = compile(reportSchema) as (value: unknown) => value is Report;

function distinct(names: readonly string[]): boolean {
  return new Set(names).size === names.length;
}
