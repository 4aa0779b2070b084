// From reports to bounded windows by cluster. Time is an argument; nothing here reads a clock.
import type { Report } from '../report.js';
import { ClusterWindows, type WorkBin } from './cluster-windows.js';
import type { EndpointWindow } from './endpoint-ring.js';
import { MAX_CLUSTERS, MAX_ENDPOINTS, WINDOW_MS, WINDOWS } from './limits.js';

export interface EndpointSeen {
  readonly address: string;
  /** One each complete window, oldest first; undefined where nobody had it. */
  readonly windows: readonly (EndpointWindow | undefined)[];
  /** Answers by latency bin. */
  readonly latency: Float64Array;
  /** Sampled answers by the expected work of their requests. */
  readonly work: readonly WorkBin[];
}

/** A cluster in its last complete windows. */
export interface ClusterSeen {
  readonly name: string;
  /** Number of the first window, and of the one after the last; window w is from w to w + 1 times WINDOW_MS. */
  readonly from: number;
  readonly to: number;
  readonly windowMs: number;
  /** Requests by window. */
  readonly arrivals: readonly number[];
  readonly endpoints: readonly EndpointSeen[];
  readonly proxies: number;
  readonly workersPerProxy: number;
  readonly policy: string;
  readonly mode: string;
  readonly intervalMs: number;
  readonly hasServerLoad: boolean;
}

const windowOf = (now: number): number => Math.max(0, Math.floor((now - 1) / WINDOW_MS));

export class Observations {
  readonly #clusters = new Map<string, ClusterWindows>();
  #endpoints = 0;

  observe(report: Report, now: number): void {
    const window = windowOf(now);
    for (const cluster of report.clusters) {
      const windows = this.#cluster(cluster.name, window);
      if (windows === undefined) continue;
      const before = windows.endpoints.size;
      windows.add(report, cluster, window, now, MAX_ENDPOINTS - this.#endpoints);
      this.#endpoints += windows.endpoints.size - before;
    }
  }

  names(): string[] {
    return [...this.#clusters.keys()];
  }

  /**
   * undefined of a cluster that nobody reports any more.
   * @param from no window before this one
   */
  seen(name: string, now: number, from = 0): ClusterSeen | undefined {
    const cluster = this.#clusters.get(name);
    if (cluster === undefined) return undefined;
    const to = windowOf(now + 1);
    const before = cluster.endpoints.size;
    cluster.sweep(to, now);
    this.#endpoints -= before - cluster.endpoints.size;
    if (cluster.endpoints.size === 0 && cluster.proxies === 0) {
      this.#clusters.delete(name);
      return undefined;
    }
    const first = Math.max(from, cluster.first, to - WINDOWS + 1);
    const windows = Array.from({ length: Math.max(0, to - first) }, (_, i) => first + i);
    const { proxies, workersPerProxy, policy, mode, intervalMs, hasServerLoad } = cluster;
    return {
      ...{ name, from: first, to: first + windows.length, windowMs: WINDOW_MS },
      arrivals: windows.map((window) => cluster.arrivals(window)),
      endpoints: [...cluster.endpoints].map(([address, ring]) => ({
        address,
        windows: windows.map((window) => ring.window(window)),
        latency: ring.sketch(first, first + windows.length),
        work: cluster.work(address),
      })),
      ...{ proxies, workersPerProxy, policy, mode, intervalMs, hasServerLoad },
    };
  }

  #cluster(name: string, window: number): ClusterWindows | undefined {
    const known = this.#clusters.get(name);
    if (known !== undefined || this.#clusters.size >= MAX_CLUSTERS) return known;
    const added = new ClusterWindows(window);
    this.#clusters.set(name, added);
    return added;
  }
}
