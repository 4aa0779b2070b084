// One cluster as the fleet sees it: its endpoints and the proxies that share it.
import { EndpointView, present, type EndpointSummary } from './endpoint-view.js';
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
  /** Age of the oldest report in this view. */
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

export class ClusterView {
  readonly totals: ClusterTotals = { requests: 0, errors: 0, fallback: 0, servedNotChosen: 0 };
  readonly endpoints = new Map<string, EndpointView>();
  /** When each proxy reported last. Re-inserted on every report, so that the first entry is the oldest. */
  readonly #reported = new Map<string, number>();

  get proxies(): number {
    return this.#reported.size;
  }

  heard(proxy: string, now: number): void {
    this.#reported.delete(proxy);
    this.#reported.set(proxy, now);
  }

  forget(proxy: string): void {
    this.#reported.delete(proxy);
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
    const [oldest = now] = this.#reported.values();
    return Math.max(0, now - oldest);
  }

  /** The configured endpoints where there are any, else those that reports have seen. */
  *rows(configured: readonly ConfiguredEndpoint[] | undefined): Generator<[string, number, EndpointView]> {
    if (configured === undefined) for (const [address, view] of this.endpoints) yield [address, 1, view];
    else
      for (const { address, weight } of configured)
        yield [address, weight, this.endpoints.get(address) ?? UNSEEN];
  }

  summary(name: string, configured: readonly ConfiguredEndpoint[] | undefined, now: number): ClusterSummary {
    const latency = new LatencySketch();
    const sums = { requests: 0, errors: 0, rps: 0, inFlight: 0 };
    for (const view of this.endpoints.values()) {
      latency.merge(view.latency);
      sums.requests += view.requests;
      sums.errors += view.errors;
      sums.rps += view.rps;
      sums.inFlight += view.inFlight;
    }
    return {
      name,
      proxies: this.proxies,
      ageMs: this.ageMs(now),
      rps: sums.rps,
      inFlight: sums.inFlight,
      errorRate: sums.requests > 0 ? Math.min(1, sums.errors / sums.requests) : 0,
      ...present('p50Ms', latency.quantile(0.5)),
      ...present('p99Ms', latency.quantile(0.99)),
      totals: { ...this.totals },
      endpoints: [...this.rows(configured)].map(([address, weight, view]) =>
        view.summary(address, weight, now),
      ),
    };
  }
}
