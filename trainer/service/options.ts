// The configuration file of `weir serve`: schema, defaults, and errors that name the file and the field.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { z } from 'zod';
import { publishOptionsSchema } from '../publish/publish-options.js';

const share = z.number().gt(0).max(1);

const learning = z.strictObject({
  enabled: z.boolean().default(true),
  /** Between the starts of two rounds, and how long each learns. */
  everyMinutes: z.number().gt(0).default(15),
  minutes: z.number().gt(0).default(5),
  /** Share of a core while it learns. */
  cpuShare: share.default(0.25),
  /** Share of the meshes that are of the families for training, lest it forgets what the twin does not show. */
  families: z.number().min(0).max(1).default(0.3),
});

const gate = z.strictObject({
  /** Worker threads, and simulated requests of the whole test. */
  threads: z.int().min(1).max(64).default(1),
  requests: z.int().min(100_000).default(6_000_000),
});

const rollout = z.strictObject({
  /** Share of the requests that a candidate gets, stage by stage. */
  shares: z.array(share).min(1).default([0.05, 0.25, 0.5]),
  minStageSeconds: z.number().gt(0).default(60),
  coolDownMinutes: z.number().min(0).default(10),
});

const endpoints = z.strictObject({
  /** A table by cluster, JSON or YAML, which is watched. */
  file: z.string().min(1).optional(),
  /** EndpointSlices. */
  kubernetes: z
    .strictObject({
      namespace: z.string().min(1).optional(),
      labelSelector: z.string().min(1).optional(),
      /** Envoy's name of the cluster of a port, with {service}, {namespace}, {portName} and {port}, the one at the pods. */
      cluster: z.string().min(1),
    })
    .optional(),
});

/** Durations as in leaderelection of client-go, with its defaults. */
const lease = z
  .strictObject({
    /** Absent = that of the pod. */
    namespace: z.string().min(1).optional(),
    name: z.string().min(1).default('weir-trainer'),
    /** Whole seconds, as the Lease has it: the others wait for so long when its holder falls silent. */
    leaseDurationSeconds: z.int().min(1).default(15),
    /** A holder that could not renew it for so long leads no more. */
    renewDeadlineSeconds: z.number().gt(0).default(10),
    /** Between two tries. */
    retryPeriodSeconds: z.number().gt(0).default(2),
  })
  .refine((is) => is.renewDeadlineSeconds < is.leaseDurationSeconds, {
    path: ['renewDeadlineSeconds'],
    error: 'must be less than leaseDurationSeconds, or two lead at once',
  })
  .refine((is) => is.retryPeriodSeconds < is.renewDeadlineSeconds, {
    path: ['retryPeriodSeconds'],
    error: 'must be less than renewDeadlineSeconds',
  });

const leader = z.strictObject({
  /** A Lease of the cluster beside the data folder; absent = the folder alone. */
  kubernetes: lease.optional(),
});

const resources = z.strictObject({
  /** Cpu and memory of pods, from metrics.k8s.io, where servers do not say theirs. */
  kubernetes: z
    .strictObject({
      /** Of the pods; absent = all. */
      namespaces: z.array(z.string().min(1)).min(1).optional(),
      everySeconds: z.number().min(1).max(300).default(15),
    })
    .optional(),
});

const url = z.url({ protocol: /^https?$/ });

const traces = z.strictObject({
  /** Share of the requests that the sidecars trace: what was counted is divided by it. */
  sampledShare: share.default(1),
  /** Of the traces that are kept to be looked at. */
  keepSpans: z.int().min(1000).max(10_000_000).default(100_000),
  /** Attributes that are kept as they come, beside those that every trace needs (docs/tracing.md); `url.query`, `user`. */
  allow: z.array(z.string().min(1)).default([]),
  /** OTLP/HTTP, where spans go to once they are cleaned: `http://jaeger:4318/v1/traces`. */
  forward: url.optional(),
  /** Where people look at traces: `http://jaeger:16686`. */
  jaeger: url.optional(),
});

export const serveOptionsSchema = z.strictObject({
  /** Configuration of role client that every target gets, its models aside (docs/contracts.md). */
  plugin: z.record(z.string(), z.unknown()).default({ role: 'client' }),
  publish: publishOptionsSchema.default([]),
  /** Where endpoints come from, beside what reports have seen; the file counts first. */
  endpoints: endpoints.prefault({}),
  leader: leader.prefault({}),
  resources: resources.prefault({}),
  learning: learning.prefault({}),
  gate: gate.prefault({}),
  rollout: rollout.prefault({}),
  traces: traces.prefault({}),
  /** Models that are kept beside those in use and the pinned ones. */
  keepModels: z.int().min(1).default(50),
});

export type ServeOptions = z.output<typeof serveOptionsSchema>;

/** Bad input, one line a problem. */
export class ServeOptionsError extends Error {
  override readonly name = 'ServeOptionsError';
}

/** @param path a JSON or YAML file; absent = the defaults @throws {ServeOptionsError} that names the file and the field */
export function readServeOptions(path?: string): ServeOptions {
  if (path === undefined) return serveOptionsSchema.parse({});
  let value: unknown;
  try {
    value = parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ServeOptionsError(`${path}: ${(error as Error).message.split('\n', 1)[0]}`);
  }
  const parsed = serveOptionsSchema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map(
    ({ path: at, message }) =>
      `${path}: ${at.length > 0 ? at.map(String).join('.') : 'the file'}: ${message}`,
  );
  throw new ServeOptionsError(lines.join('\n'));
}
