// One endpoint as the fleet sees it: sums over the last report of every proxy that has it. A proxy's share is added
// and taken back as reports come and go, so that a report costs its own size, whatever the number of proxies.
import { FadingMean } from './fading-mean.js';
import { FLEET_LATENCY_TAU_MS, FLEET_LEAST_ANSWERS, SIGNAL_TTL_MS } from './limits.js';
import type { ReportedEndpoint } from './report.js';
import { LatencySketch, pack, totalOf, type PackedBins } from './sketch.js';

/** A proxy's share, in numbers that add and subtract without rounding (multiples of a power of two). */
export interface EndpointShare {
  readonly requests: number;
  readonly errors: number;
  readonly inFlight: number;
  readonly rps: number;
  readonly weight: number;
  readonly ejected: number;
  readonly latency: PackedBins;
}

export interface EndpointSummary {
  readonly address: string;
  /** Hint of capacity from the configured table, 1 without. */
  readonly capacity: number;
  readonly inFlight: number;
  readonly rps: number;
  readonly errorRate: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly cpu?: number;
  readonly memory?: number;
  /** Mean over the proxies of the weight that the policy gives it. */
  readonly weight: number;
  /** Number of proxies that leave it out. */
  readonly ejectedBy: number;
  /** Since the fleet knows the endpoint. */
  readonly totalRequests: number;
  readonly totalErrors: number;
}

interface Signal {
  readonly value: number;
  readonly at: number;
}

export class EndpointView {
  proxies = 0;
  readonly latency = new LatencySketch();
  /** Of all reports, older ones fading: unlike the sums it outlives the next report of a proxy. */
  readonly #recent = new FadingMean(FLEET_LATENCY_TAU_MS, FLEET_LEAST_ANSWERS);
  requests = 0;
  errors = 0;
  inFlight = 0;
  rps = 0;
  totalRequests = 0;
  totalErrors = 0;
  #weight = 0;
  #ejected = 0;
  #cpu: Signal | undefined;
  #memory: Signal | undefined;

  add(share: EndpointShare, now: number): void {
    this.#change(share, 1);
    this.latency.addPacked(share.latency);
    const { sum, count } = totalOf(share.latency);
    this.#recent.add(sum, count, now);
    this.totalRequests += share.requests;
    this.totalErrors += share.errors;
  }

  remove(share: EndpointShare): void {
    this.#change(share, -1);
    this.latency.removePacked(share.latency);
  }

  /** Keeps what the server's sidecar said last, whichever proxy heard it. */
  observe(server: ReportedEndpoint['server'], now: number): void {
    if (server === undefined) return;
    const at = now - server.ageMs;
    this.#cpu = newer(this.#cpu, server.cpu, at);
    this.#memory = newer(this.#memory, server.memory, at);
  }

  /** Latency average over all proxies, ms; undefined while nobody had an answer for long. */
  latencyMs(now: number): number | undefined {
    return this.#recent.at(now);
  }

  /** Of the last interval. Errors may outnumber requests where retries fail: 1 is the most. */
  get errorRate(): number {
    return this.requests > 0 ? Math.min(1, this.errors / this.requests) : 0;
  }

  summary(address: string, capacity: number, now: number): EndpointSummary {
    return {
      address,
      capacity,
      inFlight: this.inFlight,
      rps: this.rps,
      errorRate: this.errorRate,
      ...present('p50Ms', this.latency.quantile(0.5)),
      ...present('p99Ms', this.latency.quantile(0.99)),
      ...this.signals(now),
      weight: this.proxies > 0 ? this.#weight / this.proxies : 0,
      ejectedBy: this.#ejected,
      totalRequests: this.totalRequests,
      totalErrors: this.totalErrors,
    };
  }

  signals(now: number): { cpu?: number; memory?: number } {
    return { ...present('cpu', fresh(this.#cpu, now)), ...present('memory', fresh(this.#memory, now)) };
  }

  #change(share: EndpointShare, sign: 1 | -1): void {
    this.proxies += sign;
    this.requests += sign * share.requests;
    this.errors += sign * share.errors;
    this.inFlight += sign * share.inFlight;
    this.rps += sign * share.rps;
    this.#weight += sign * share.weight;
    this.#ejected += sign * share.ejected;
  }
}

export function shareOf(reported: ReportedEndpoint, intervalMs: number): EndpointShare {
  const { connect = 0, timeout = 0, http5xx = 0 } = reported.errors ?? {};
  return {
    requests: reported.requests,
    errors: connect + timeout + http5xx,
    inFlight: rounded(reported.inFlight, 2 ** 10),
    rps: rounded((reported.requests * 1000) / intervalMs, 2 ** 10),
    weight: rounded(reported.weight, 2 ** 20),
    ejected: reported.ejected ? 1 : 0,
    latency: pack(reported.latency),
  };
}

function rounded(value: number, steps: number): number {
  return Math.round(value * steps) / steps;
}

function newer(known: Signal | undefined, value: number | undefined, at: number): Signal | undefined {
  if (value === undefined || (known !== undefined && known.at > at)) return known;
  return { value, at };
}

function fresh(signal: Signal | undefined, now: number): number | undefined {
  return signal !== undefined && now - signal.at <= SIGNAL_TTL_MS ? signal.value : undefined;
}

export function present<K extends string, V>(key: K, value: V | undefined): { [key in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [key in K]: V });
}
