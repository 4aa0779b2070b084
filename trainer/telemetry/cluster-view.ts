// One cluster as the fleet sees it: its endpoints and the proxies that share it.
import type { AnswerEndpoint } from './answer.js';
import { EndpointView, present, type EndpointSummary } from './endpoint-view.js';
import { LEAST_PROXIES } from './influence.js';
import { MAX_ENDPOINTS } from './limits.js';
import { LatencySketch } from './sketch.js';

/** An endpoint known from configuration; weight is a hint of its capacity. */
export interface ConfiguredEndpoint {
  readonly address: string;
  readonly weight: number;
}

export interface ClusterTotals {
  requests: number;
  errors: number;
  fallback: number;
  servedNotChosen: number;
}

export interface ClusterSummary {
  readonly name: string;
  readonly proxies: number;
  /** Age of the oldest report in this view; from three proxies on of the second oldest, so that none can make it old. */
  readonly ageMs: number;
  readonly rps: number;
  readonly inFlight: number;
  readonly errorRate: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  /** Since the trainer started. */
  readonly totals: Readonly<ClusterTotals>;
  readonly endpoints: readonly EndpointSummary[];
}

const UNSEEN = new EndpointView();
const NO_ANSWERS = new LatencySketch();

export class ClusterView {
  readonly totals: ClusterTotals = { requests: 0, errors: 0, fallback: 0, servedNotChosen: 0 };
  readonly endpoints = new Map<string, EndpointView>();
  /** Grows with every report that is added or taken back: tells whether what was made of this view is still right. */
  changes = 0;
  /** When each proxy reported last. Re-inserted on every report, so that the first entry is the oldest. */
  readonly #reported = new Map<string, number>();

  get proxies(): number {
    return this.#reported.size;
  }

  heard(proxy: string, now: number): void {
    this.#reported.delete(proxy);
    this.#reported.set(proxy, now);
    this.changes += 1;
  }

  forget(proxy: string): void {
    this.#reported.delete(proxy);
    this.changes += 1;
  }

  /** The endpoint's view, made where there is room for another; undefined where there is none. */
  endpoint(address: string, roomInFleet: boolean): EndpointView | undefined {
    const known = this.endpoints.get(address);
    if (known !== undefined) return known;
    if (!roomInFleet || this.endpoints.size >= MAX_ENDPOINTS) return undefined;
    const added = new EndpointView();
    this.endpoints.set(address, added);
    return added;
  }

  ageMs(now: number): number {
    const [oldest = now, second = now] = this.#reported.values();
    return Math.max(0, now - (this.proxies < LEAST_PROXIES ? oldest : second));
  }

  /** The configured endpoints where there are any, else those that reports have seen. */
  *rows(configured: readonly ConfiguredEndpoint[] | undefined): Generator<[string, number, EndpointView]> {
    if (configured === undefined) for (const [address, view] of this.endpoints) yield [address, 1, view];
    else
      for (const { address, weight } of configured)
        yield [address, weight, this.endpoints.get(address) ?? UNSEEN];
  }

  /** The endpoints as answers tell of them. */
  answer(configured: readonly ConfiguredEndpoint[] | undefined, now: number): AnswerEndpoint[] {
    return [...this.rows(configured)].map(([address, weight, view]) => {
      const { inFlight, rps, errorRps } = view.traffic(now);
      return {
        address,
        weight,
        inFlight,
        rps,
        errorRate: rps > 0 ? errorRps / rps : 0,
        ...present('latencyMs', view.latencyMs(now)),
        ...view.signals(now),
      };
    });
  }

  summary(name: string, configured: readonly ConfiguredEndpoint[] | undefined, now: number): ClusterSummary {
    const latency = new LatencySketch();
    const sums = { rps: 0, errorRps: 0, inFlight: 0 };
    const latencies = new Map<EndpointView, LatencySketch>();
    for (const view of this.endpoints.values()) {
      const { inFlight, rps, errorRps } = view.traffic(now);
      sums.inFlight += inFlight;
      sums.rps += rps;
      sums.errorRps += errorRps;
      latencies.set(view, view.latency(now));
      latency.merge(latencies.get(view)!);
    }
    return {
      name,
      proxies: this.proxies,
      ageMs: this.ageMs(now),
      rps: sums.rps,
      inFlight: sums.inFlight,
      errorRate: sums.rps > 0 ? sums.errorRps / sums.rps : 0,
      ...present('p50Ms', latency.quantile(0.5)),
      ...present('p99Ms', latency.quantile(0.99)),
      totals: { ...this.totals },
      endpoints: [...this.rows(configured)].map(([address, weight, view]) =>
        view.summary(address, weight, latencies.get(view) ?? NO_ANSWERS, now),
      ),
    };
  }
}
