// What one proxy's last report says of one endpoint.
import { ANSWERS_PER_REQUEST, SLACK } from './influence.js';
import type { PodWord, ReportedEndpoint } from './report.js';
import { pack, totalOf, type PackedBins } from './sketch.js';

/** The figures that are summed add and subtract without rounding: they are multiples of a power of two. */
export interface EndpointShare {
  readonly requests: number;
  readonly errors: number;
  readonly inFlight: number;
  readonly rps: number;
  /** Failures a second, no more than requests: where retries fail, there may be more of them. */
  readonly errorRps: number;
  readonly weight: number;
  readonly ejected: number;
  readonly latency: PackedBins;
  readonly answers: number;
  /** Mean over the answers in ms; undefined without one. */
  readonly meanMs: number | undefined;
  readonly server: ServerWord | undefined;
  readonly pod: PodWord | undefined;
}

/** What the server's sidecar said of itself, and when. */
export interface ServerWord {
  readonly inFlight: number | undefined;
  readonly rps: number | undefined;
  readonly cpu: number | undefined;
  readonly memory: number | undefined;
  readonly at: number;
}

export function shareOf(reported: ReportedEndpoint, intervalMs: number, now: number): EndpointShare {
  const { requests, server } = reported;
  const { connect = 0, timeout = 0, http5xx = 0 } = reported.errors ?? {};
  const errors = connect + timeout + http5xx;
  const latency = pack(reported.latency);
  const { sum, count } = totalOf(latency);
  const perSecond = 1000 / intervalMs;
  return {
    requests,
    errors,
    inFlight: rounded(reported.inFlight, 2 ** 10),
    rps: rounded(requests * perSecond, 2 ** 10),
    errorRps: rounded(Math.min(errors, requests) * perSecond, 2 ** 10),
    weight: rounded(reported.weight, 2 ** 20),
    ejected: reported.ejected ? 1 : 0,
    latency,
    answers: count,
    meanMs: count > 0 ? sum / count : undefined,
    server: server && {
      inFlight: server.inFlight,
      rps: server.rps,
      cpu: server.cpu,
      memory: server.memory,
      at: now - server.ageMs,
    },
    pod: reported.pod,
  };
}

/** The most answers that a report with so many requests may have had. */
export function plausibleAnswers({ requests }: EndpointShare): number {
  return ANSWERS_PER_REQUEST * requests + SLACK.inFlight;
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}
