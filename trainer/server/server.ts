// The trainer's server.
import { randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import type { TargetState } from '../publish/target.js';
import { Fleet, type EndpointsByCluster } from '../telemetry/fleet.js';
import { History } from '../telemetry/history/history.js';
import { startSampling } from '../telemetry/history/sampling.js';
import { joinPods } from '../telemetry/pods/join-pods.js';
import { createMetrics, type Metrics } from '../telemetry/metrics.js';
import type { TargetStateName } from '../telemetry/metrics/trainer-metrics.js';
import { createListener } from './app.js';
import { EventStreams, type StreamLimits } from './event-stream.js';
import { readPage } from './page-files.js';
import { LIMITS, type Limits } from './guards.js';
import { close, listen } from './http-server.js';
import type { ReportListener } from './reports-route.js';
import { Refused, type ModelEntry, type Services } from './services.js';
import { VERSION } from './version.js';

export interface ServerOptions {
  /** Loopback unless told otherwise: reports are not authenticated. */
  readonly host?: string;
  /** 0 = any free port. */
  readonly port?: number;
  /** Table that takes precedence over what reports have seen; `fleet.configure` replaces it later. */
  readonly endpoints?: EndpointsByCluster;
  readonly log: Logger;
  /** Time in ms of any monotone clock. */
  readonly now: () => number;
  /** Unix time in ms; the system's unless set. */
  readonly wallNow?: () => number;
  /** Interval that the sidecars are asked to report in. */
  readonly intervalMs?: number;
  /** Each gets every report that is new, after the fleet took it in. */
  readonly onReport?: readonly ReportListener[];
  /** Bearer token of what changes something; without one, changes are refused. */
  readonly token?: string;
  /** Names in the host header that people and tools may use; absent = any. */
  readonly hosts?: readonly string[];
  /** What there is beside reports and their history; the routes of what is absent answer 404 and say so. */
  readonly services?: Services;
  readonly limits?: Partial<Limits>;
  readonly streamLimits?: StreamLimits;
  readonly requestTimeoutMs?: number;
}

export interface TrainerServer {
  readonly host: string;
  readonly port: number;
  readonly fleet: Fleet;
  /** Ends event streams at once and requests under way within `graceMs`, then resolves. */
  close(graceMs?: number): Promise<void>;
}

const REQUEST_TIMEOUT_MS = 10_000;
const GRACE_MS = 3000;

export async function startServer(options: ServerOptions): Promise<TrainerServer> {
  const {
    host = '127.0.0.1',
    port = 0,
    endpoints = {},
    log,
    now,
    intervalMs = 1000,
    wallNow = () => Date.now(),
  } = options;
  const fleet = new Fleet(intervalMs, endpoints);
  // Its wall clock is read once: one that is set later does not change the order of samples.
  const history = new History(fleet, wallNow() - now());
  const services = { history, ...options.services };
  const { events, pods } = services;
  const streams = new EventStreams(options.streamLimits);
  const metrics = metricsOf(fleet, now, services, streams);
  let ready = true;
  const listener = createListener({
    fleet,
    log,
    now,
    metrics,
    services,
    streams,
    wallNow,
    version: VERSION,
    page: readPage(),
    onReport: [(report) => metrics.accepted(report), ...(options.onReport ?? [])],
    ...(pods && { complete: (report, at) => joinPods(report, pods, at) }),
    isReady: () => ready,
    limits: { ...LIMITS, ...options.limits },
    requestPrefix: randomBytes(4).toString('hex'),
    ...(options.token === undefined ? {} : { token: options.token }),
    ...(options.hosts === undefined ? {} : { hosts: options.hosts }),
  });
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const [server, boundPort] = await listen(listener, { host, port, requestTimeoutMs });
  log.info({ host, port: boundPort }, 'trainer listening');
  const unsubscribe = events?.subscribe(({ kind }) => {
    metrics.event(kind);
  });
  const endSampling = startSampling(history, now, log);
  let closing: Promise<void> | undefined;
  return {
    host,
    port: boundPort,
    fleet,
    close(graceMs = GRACE_MS) {
      ready = false;
      unsubscribe?.();
      endSampling();
      // Begun first: a listener that comes back at once finds the door closed.
      closing ??= close(server, graceMs);
      streams.close();
      return closing;
    },
  };
}

function metricsOf(
  fleet: Fleet,
  now: () => number,
  { twin, rollout, models, graph, traces, lead, pods }: Services,
  streams: EventStreams,
): Metrics {
  return createMetrics({
    fleet,
    now,
    listeners: () => streams.listeners,
    ...(graph === undefined ? {} : { graph: () => graph.counts() }),
    ...(traces?.forwarded === undefined ? {} : { forwarded: traces.forwarded }),
    ...(twin === undefined ? {} : { twinErrors: () => twin.errors() }),
    ...(pods === undefined ? {} : { pods }),
    ...(rollout === undefined ? {} : { rollout: () => orAbsent(() => rollout.view()) }),
    ...(lead === undefined
      ? {}
      : { leading: () => lead.isLeading(), targets: () => countTargets(lead.targets()) }),
    ...(models === undefined
      ? {}
      : { models: async () => countBy((await orAbsent(() => models.list())) ?? []) }),
  });
}

/** What a trainer that waits for the lead does not have is no reason to refuse all its metrics. */
async function orAbsent<T>(get: () => T | Promise<T>): Promise<T | undefined> {
  try {
    return await get();
  } catch (error) {
    if (error instanceof Refused) return undefined;
    throw error;
  }
}

function countTargets(targets: readonly TargetState[]): Record<TargetStateName, number> {
  const counts = { published: 0, waiting: 0, failing: 0 };
  for (const { lastError, pendingSince } of targets)
    counts[lastError !== undefined ? 'failing' : pendingSince !== undefined ? 'waiting' : 'published'] += 1;
  return counts;
}

function countBy(models: readonly ModelEntry[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const { status } of models) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}
