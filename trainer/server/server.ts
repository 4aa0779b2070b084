// The trainer's server.
import type { Logger } from 'pino';
import { Fleet, type EndpointsByCluster } from '../telemetry/fleet.js';
import type { Report } from '../telemetry/report.js';
import { createApp } from './app.js';
import { close, listen } from './http-server.js';
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
  /** Interval that the sidecars are asked to report in. */
  readonly intervalMs?: number;
  /** Called with every report that is new, after the fleet took it in. */
  readonly onReport?: (report: Report, now: number) => void;
  readonly requestsPerSecond?: number;
  readonly requestTimeoutMs?: number;
}

export interface TrainerServer {
  readonly host: string;
  readonly port: number;
  readonly fleet: Fleet;
  /** Ends requests under way within `graceMs`, then resolves. */
  close(graceMs?: number): Promise<void>;
}

/** Ten times the thousand sidecars that one trainer serves, at one report a second each. */
const REQUESTS_PER_SECOND = 10_000;
const REQUEST_TIMEOUT_MS = 10_000;
const GRACE_MS = 3000;

export async function startServer(options: ServerOptions): Promise<TrainerServer> {
  const { host = '127.0.0.1', port = 0, endpoints = {}, log, now, intervalMs = 1000 } = options;
  const fleet = new Fleet(intervalMs, endpoints);
  let ready = true;
  const app = createApp({
    fleet,
    log,
    now,
    version: VERSION,
    isReady: () => ready,
    requestsPerSecond: options.requestsPerSecond ?? REQUESTS_PER_SECOND,
    ...(options.onReport === undefined ? {} : { onReport: options.onReport }),
  });
  const requestTimeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const [server, boundPort] = await listen(app, { host, port, requestTimeoutMs });
  log.info({ host, port: boundPort }, 'trainer listening');
  let closing: Promise<void> | undefined;
  return {
    host,
    port: boundPort,
    fleet,
    close(graceMs = GRACE_MS) {
      ready = false;
      return (closing ??= close(server, graceMs));
    },
  };
}
