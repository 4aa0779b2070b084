// What the fleet says of endpoints, averaged over looks at it: one look is an interval of a second, too noisy to move
// traffic by. An endpoint that had no requests for long is forgotten, so that it counts as any other and is tried again.
import { present, type EndpointSummary } from '../../telemetry/endpoint-view.js';
import { FadingMean } from '../../telemetry/fading-mean.js';
import type { FleetView } from '../../telemetry/fleet.js';

export interface EndpointEstimate {
  readonly address: string;
  readonly rps: number;
  readonly inFlight: number;
  /** 0 to 1. */
  readonly errorRate: number;
  /** Median in ms and 99th percentile over the median; absent while nothing answered. */
  readonly latency?: { readonly medianMs: number; readonly tail: number; readonly at: number };
  /** What servers said of themselves, 0 to 1; absent while they say nothing. */
  readonly utilisation?: { readonly cpu?: number; readonly memory?: number };
  /** Left out by most proxies. */
  readonly ejected: boolean;
}

/** Means of less than one request, or one look, are none. */
const LEAST = 0.5;

class EndpointLooks {
  readonly #rps: FadingMean;
  readonly #inFlight: FadingMean;
  readonly #errors: FadingMean;
  readonly #logMedian: FadingMean;
  readonly #logTail: FadingMean;
  #answeredAt = 0;
  #last: Pick<EndpointEstimate, 'utilisation' | 'ejected'> = { ejected: false };

  constructor(tauMs: number) {
    const mean = () => new FadingMean(tauMs, LEAST);
    this.#rps = mean();
    this.#inFlight = mean();
    this.#errors = mean();
    this.#logMedian = mean();
    this.#logTail = mean();
  }

  /** @param requestsPerRps requests that one request a second makes between two looks */
  add(seen: readonly EndpointSummary[], ejected: boolean, requestsPerRps: number, now: number): void {
    const rps = sum(seen.map((summary) => summary.rps));
    this.#rps.add(rps, 1, now);
    this.#inFlight.add(sum(seen.map((summary) => summary.inFlight)), 1, now);
    for (const summary of seen) {
      const requests = summary.rps * requestsPerRps;
      this.#errors.add(summary.errorRate * requests, requests, now);
      if (summary.p50Ms === undefined || summary.p99Ms === undefined) continue;
      this.#logMedian.add(Math.log(summary.p50Ms) * requests, requests, now);
      this.#logTail.add(Math.log(summary.p99Ms / summary.p50Ms) * requests, requests, now);
      this.#answeredAt = now;
    }
    const { cpu, memory } = seen[0] ?? {};
    const utilisation = { ...present('cpu', cpu), ...present('memory', memory) };
    this.#last = Object.keys(utilisation).length > 0 ? { utilisation, ejected } : { ejected };
  }

  estimate(address: string, now: number): EndpointEstimate {
    const logMedian = this.#logMedian.at(now);
    const tail = Math.exp(this.#logTail.at(now) ?? 0);
    return {
      address,
      rps: this.#rps.at(now) ?? 0,
      inFlight: this.#inFlight.at(now) ?? 0,
      errorRate: this.#errors.at(now) ?? 0,
      ...(logMedian === undefined
        ? {}
        : { latency: { medianMs: Math.exp(logMedian), tail, at: this.#answeredAt } }),
      ...this.#last,
    };
  }
}

export class FleetEstimates {
  readonly #tauMs: number;
  readonly #lookMs: number;
  readonly #looks = new Map<string, EndpointLooks>();

  /**
   * @param tauMs how far back a mean reaches
   * @param lookMs time between two looks
   */
  constructor(tauMs: number, lookMs: number) {
    this.#tauMs = tauMs;
    this.#lookMs = lookMs;
  }

  /** One look at the fleet: the endpoints of `addresses` in whatever clusters they are. */
  look(view: FleetView, addresses: ReadonlySet<string>, now: number): void {
    const seen = new Map<string, { summaries: EndpointSummary[]; proxies: number }>();
    for (const { endpoints, proxies } of view.clusters)
      for (const summary of endpoints) {
        if (!addresses.has(summary.address)) continue;
        const known = seen.get(summary.address) ?? { summaries: [], proxies: 0 };
        known.summaries.push(summary);
        known.proxies += proxies;
        seen.set(summary.address, known);
      }
    for (const [address, { summaries, proxies }] of seen) {
      const looks = this.#looks.get(address) ?? new EndpointLooks(this.#tauMs);
      this.#looks.set(address, looks);
      const ejected = 2 * sum(summaries.map(({ ejectedBy }) => ejectedBy)) > proxies;
      looks.add(summaries, ejected, this.#lookMs / 1000, now);
    }
    for (const address of this.#looks.keys()) if (!addresses.has(address)) this.#looks.delete(address);
  }

  of(address: string, now: number): EndpointEstimate {
    const unseen = { address, rps: 0, inFlight: 0, errorRate: 0, ejected: false };
    return this.#looks.get(address)?.estimate(address, now) ?? unseen;
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
