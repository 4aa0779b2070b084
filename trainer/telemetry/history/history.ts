// The last minutes of the fleet, a sample a second, for charts. Bounded in clusters, endpoints and time: about 60 MB where
// all bounds are reached, 1 MB for a mesh of 5 clusters and 30 endpoints. Time is an argument; nothing here reads a clock.
import type { ClusterSummary } from '../cluster-view.js';
import type { Fleet } from '../fleet.js';
import {
  byColumn,
  CLUSTER_COLUMNS,
  clusterFigures,
  clusterSample,
  ENDPOINT_COLUMNS,
  endpointFigures,
  endpointSample,
  type Totals,
} from './figures.js';
import type { ClusterHistory, EndpointHistory, HistoryView, LiveSample } from './history-view.js';
import { Rows, type Figures } from './rows.js';

export interface HistoryLimits {
  readonly clusters: number;
  /** Of all clusters. */
  readonly endpoints: number;
  /** Figures of one view: where there are more, it has every second sample, every third, .. */
  readonly values: number;
}

export const EVERY_MS = 1000;
/** 15 minutes. */
export const HISTORY_SECONDS = 900;
const SLOTS = (HISTORY_SECONDS * 1000) / EVERY_MS;
export const HISTORY_LIMITS: HistoryLimits = { clusters: 200, endpoints: 2000, values: 250_000 };

interface SeenEndpoint {
  readonly key: string;
  readonly address: string;
  readonly figures: Figures;
}

interface SeenCluster {
  readonly name: string;
  readonly figures: Figures;
  readonly endpoints: readonly SeenEndpoint[];
}

/** No two pairs have the same, whatever they are made of. */
const keyOf = (cluster: string, address: string) => `${cluster.length}:${cluster}${address}`;

export class History {
  readonly #at = new Float64Array(SLOTS);
  readonly #clusters: Rows;
  readonly #endpoints: Rows;
  /** Endpoints in #endpoints, by their keys: where each belongs. */
  readonly #places = new Map<string, { readonly cluster: string; readonly address: string }>();
  readonly #listeners = new Set<(sample: LiveSample) => void>();
  #totals = new Map<string, Totals>();
  /** Samples so far. */
  #count = 0;

  /** @param epochMs Unix time in ms at 0 of the clock that samples are taken by */
  constructor(
    private readonly fleet: Pick<Fleet, 'view'>,
    private readonly epochMs: number,
    private readonly limits: HistoryLimits = HISTORY_LIMITS,
  ) {
    this.#clusters = new Rows(CLUSTER_COLUMNS.length, SLOTS, limits.clusters);
    this.#endpoints = new Rows(ENDPOINT_COLUMNS.length, SLOTS, limits.endpoints);
  }

  /** How much is kept. */
  get size(): { clusters: number; endpoints: number } {
    return { clusters: this.#clusters.size, endpoints: this.#endpoints.size };
  }

  /** @param now ms of a monotone clock, later than that of the sample before */
  sample(now: number): void {
    const n = this.#count++;
    const at = (this.#at[n % SLOTS] = Math.round(this.epochMs + now));
    // Of a cluster that nobody reports any more nothing is known.
    const reported = this.fleet.view(now).clusters.filter(({ proxies }) => proxies > 0);
    const seen = reported.map((cluster) => this.#seen(cluster));
    this.#totals = new Map(reported.map(({ name, totals }) => [name, totals]));
    this.#clusters.put(n, new Map(seen.map(({ name, figures }) => [name, figures])));
    const kept = seen.filter(({ name }) => this.#clusters.has(name));
    this.#putEndpoints(n, kept);
    if (this.#listeners.size > 0) this.#tell(at, kept);
  }

  /** Clusters and endpoints by their names, so that a chart has each in its place. */
  view(seconds: number): HistoryView {
    const last = this.#count - 1;
    const from = this.#time(last) - seconds * 1000;
    const kept: number[] = [];
    for (let n = last; n >= 0 && n > last - SLOTS && this.#time(n) > from; n--) kept.push(n);
    const since = kept.at(-1) ?? 0;
    const clusters = this.#clusters.keysSince(since).sort();
    const endpoints = this.#endpoints.keysSince(since).sort();
    const columns = clusters.length * CLUSTER_COLUMNS.length + endpoints.length * ENDPOINT_COLUMNS.length;
    const step = Math.max(1, Math.ceil((kept.length * columns) / this.limits.values));
    // The latest is always among them.
    const samples = kept.filter((_, i) => i % step === 0).reverse();
    return {
      at: samples.map((n) => this.#time(n)),
      everyMs: EVERY_MS * step,
      clusters: this.#histories(clusters, endpoints, samples),
    };
  }

  subscribe(listener: (sample: LiveSample) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  #time(n: number): number {
    return this.#at[n % SLOTS]!;
  }

  #seen(cluster: ClusterSummary): SeenCluster {
    const { name } = cluster;
    const weights = cluster.endpoints.reduce((sum, { weight }) => sum + weight, 0);
    return {
      name,
      figures: clusterFigures(cluster, this.#totals.get(name)),
      endpoints: cluster.endpoints.map((endpoint) => ({
        key: keyOf(name, endpoint.address),
        address: endpoint.address,
        figures: endpointFigures(endpoint, weights),
      })),
    };
  }

  #putEndpoints(n: number, clusters: readonly SeenCluster[]): void {
    const figures = new Map<string, Figures>();
    for (const { name, endpoints } of clusters) {
      for (const { key, address, figures: own } of endpoints) {
        figures.set(key, own);
        if (!this.#places.has(key)) this.#places.set(key, { cluster: name, address });
      }
    }
    this.#endpoints.put(n, figures);
    for (const key of this.#places.keys()) if (!this.#endpoints.has(key)) this.#places.delete(key);
  }

  #tell(at: number, seen: readonly SeenCluster[]): void {
    const clusters = seen.map(({ name, figures, endpoints }) => {
      const kept = endpoints.filter(({ key }) => this.#endpoints.has(key));
      return clusterSample(
        name,
        figures,
        kept.map((endpoint) => endpointSample(endpoint.address, endpoint.figures)),
      );
    });
    for (const listener of this.#listeners) listener({ at, clusters });
  }

  #histories(
    clusters: readonly string[],
    endpoints: readonly string[],
    samples: readonly number[],
  ): ClusterHistory[] {
    const of = new Map(clusters.map((name) => [name, [] as EndpointHistory[]]));
    for (const key of endpoints) {
      const { cluster, address } = this.#places.get(key)!;
      const columns = byColumn(ENDPOINT_COLUMNS, (i) => this.#endpoints.column(key, i, samples));
      of.get(cluster)?.push({ address, ...columns });
    }
    return clusters.map((name) => ({
      name,
      ...byColumn(CLUSTER_COLUMNS, (i) => this.#clusters.column(name, i, samples)),
      endpoints: of.get(name)!,
    }));
  }
}
