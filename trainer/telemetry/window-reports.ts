// What the reports of the last minutes said, in slots of time: by model and proxy, by cluster and endpoint.
import type { Report, ReportedCluster, ReportedEndpoint } from './report.js';
import { LatencySketch } from './sketch.js';
import type { WindowShape, WindowTotals } from './window.js';
import { WindowStore } from './window-store.js';

export interface Tally {
  readonly requests: number;
  readonly errors: number;
  readonly latency: LatencySketch;
}

const COUNTS = ['requests', 'errors'] as const;
const SIGNALS = ['inFlight', 'work', 'timeMs', 'rps', 'cpu', 'memory'] as const;
type Signal = (typeof SIGNALS)[number];
const said = <S extends Signal>(signal: S): `${S}Said` => `${signal}Said`;
type EndpointSum = (typeof COUNTS)[number] | Signal | `${Signal}Said`;
const ENDPOINT_SUMS: readonly EndpointSum[] = [...COUNTS, ...SIGNALS, ...SIGNALS.map(said)];

export interface EndpointTally extends Tally {
  /** Means of what the server's sidecar said of itself, over the reports that told it; absent where none did. */
  readonly server: Readonly<Partial<Record<Signal, number>>>;
}

/** Ten minutes for latencies; requests alone by the second, which shows bursts. */
const MINUTES: WindowShape = { slotMs: 10_000, slots: 60 };
const SECONDS: WindowShape = { slotMs: 1000, slots: 600 };

/** Of each of the three stores: 1,000 proxies with two models, latencies over three octaves, take about 25 MB. */
const MAX_BYTES = 96 * 1024 * 1024;
/** Models of one proxy: current, candidate, and two that a reload just replaced. A proxy has no more room than that. */
const MAX_MODELS_OF_PROXY = 4;

/** Subscriber of accepted reports. Times are those of the reports' receipt, on the same clock as the fleet's. */
export class ReportWindows {
  /** Outer key proxy, inner key model. */
  readonly #models = new WindowStore<(typeof COUNTS)[number]>(
    COUNTS,
    MINUTES,
    MAX_BYTES,
    MAX_MODELS_OF_PROXY,
  );
  /** Outer key cluster, inner key address. */
  readonly #endpoints = new WindowStore<EndpointSum>(ENDPOINT_SUMS, MINUTES, MAX_BYTES);
  /** Outer key cluster, one inner key. */
  readonly #arrivals = new WindowStore<'requests'>(['requests'], SECONDS, MAX_BYTES);

  /** Rough size of all that is kept. */
  get bytes(): number {
    return this.#models.bytes + this.#endpoints.bytes + this.#arrivals.bytes;
  }

  add(report: Report, now: number): void {
    for (const { id, requests, errors, latency } of report.models) {
      this.#models.add(report.proxy, id, { requests, errors }, latency, now);
    }
    for (const cluster of report.clusters) this.#addCluster(cluster, now);
  }

  /** Models that served since `from`, by id, each over all proxies. */
  models(from: number): Map<string, Tally> {
    const models = new Map<string, { requests: number; errors: number; latency: LatencySketch }>();
    for (const [, id, window] of this.#models.entries()) {
      const { sums, latency } = window.since(from);
      if (sums.requests === 0) continue;
      const model = models.get(id) ?? { requests: 0, errors: 0, latency: new LatencySketch() };
      models.set(id, model);
      model.requests += sums.requests;
      model.errors += sums.errors;
      model.latency.merge(latency);
    }
    return models;
  }

  /** One model by proxy, since `from`: pairs for a test that compares two models on the same proxies. */
  modelByProxy(id: string, from: number): Map<string, Tally> {
    const tallies = new Map<string, Tally>();
    for (const [proxy, model, window] of this.#models.entries()) {
      if (model !== id) continue;
      const { sums, latency } = window.since(from);
      if (sums.requests > 0) tallies.set(proxy, { ...sums, latency });
    }
    return tallies;
  }

  clusters(): string[] {
    return [...this.#arrivals.outerKeys()];
  }

  /** A cluster's endpoints by address, since `from`. */
  endpoints(cluster: string, from: number): Map<string, EndpointTally> {
    const found = [...this.#endpoints.of(cluster)];
    return new Map(found.map(([address, window]) => [address, tallyOf(window.since(from))]));
  }

  /** One endpoint in slots of 10 s, the oldest first; slots without a report are there, and empty. */
  endpointSeries(
    cluster: string,
    address: string,
    from: number,
    now: number,
  ): (EndpointTally & { readonly atMs: number })[] {
    const series = this.#endpoints.get(cluster, address)?.series(from, now) ?? [];
    return series.map((slot) => ({ atMs: slot.atMs, ...tallyOf(slot) }));
  }

  /** Requests of a cluster by the second over all proxies, the oldest first: what its load looks like. */
  arrivals(cluster: string, from: number, now: number): number[] {
    const series = this.#arrivals.get(cluster, '')?.series(from, now) ?? [];
    return series.map(({ sums }) => sums.requests);
  }

  #addCluster(cluster: ReportedCluster, now: number): void {
    const { name, requests } = cluster;
    this.#arrivals.add(name, '', { requests }, [], now);
    for (const endpoint of cluster.endpoints) {
      this.#endpoints.add(name, endpoint.address, sumsOf(endpoint), endpoint.latency, now);
    }
  }
}

function sumsOf({ requests, errors, server }: ReportedEndpoint): Partial<Record<EndpointSum, number>> {
  const { connect = 0, timeout = 0, http5xx = 0 } = errors ?? {};
  const sums: Partial<Record<EndpointSum, number>> = { requests, errors: connect + timeout + http5xx };
  for (const signal of SIGNALS) {
    const value = server?.[signal];
    if (value === undefined) continue;
    sums[signal] = value;
    sums[said(signal)] = 1;
  }
  return sums;
}

function tallyOf({ sums, latency }: WindowTotals<EndpointSum>): EndpointTally {
  const heard = SIGNALS.filter((signal) => sums[said(signal)] > 0);
  const server = Object.fromEntries(heard.map((signal) => [signal, sums[signal] / sums[said(signal)]]));
  return { requests: sums.requests, errors: sums.errors, latency, server };
}
