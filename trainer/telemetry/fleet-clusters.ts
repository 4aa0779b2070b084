// The clusters of the fleet and what the proxies add to them, bounded in number.
import { ClusterView } from './cluster-view.js';
import { shareOf, type EndpointShare } from './endpoint-share.js';
import type { EndpointView } from './endpoint-view.js';
import { MAX_CLUSTERS, MAX_FLEET_ENDPOINTS } from './limits.js';
import type { Report, ReportedCluster } from './report.js';

/** What one report added to one cluster. */
export interface ClusterPart {
  readonly view: ClusterView;
  readonly endpoints: readonly (readonly [address: string, view: EndpointView, share: EndpointShare])[];
}

export class FleetClusters {
  readonly #views = new Map<string, ClusterView>();
  #endpoints = 0;

  get(name: string): ClusterView | undefined {
    return this.#views.get(name);
  }

  /** Number of clusters, those without a proxy left included. */
  get clusters(): number {
    return this.#views.size;
  }

  get endpoints(): number {
    return this.#endpoints;
  }

  names(): IterableIterator<string> {
    return this.#views.keys();
  }

  /**
   * Puts the report in the place of `old`, what the same proxy reported before.
   * @param coveredMs time that the report stands for
   */
  replace(old: readonly ClusterPart[], report: Report, coveredMs: number, now: number): ClusterPart[] {
    this.#takeBack(old, report.proxy);
    const parts = report.clusters.flatMap((cluster) => this.#add(cluster, report, coveredMs, now) ?? []);
    // Only now: an endpoint that is in both reports keeps its totals and what its server said.
    this.#prune(old);
    return parts;
  }

  remove(old: readonly ClusterPart[], proxy: string): void {
    this.#takeBack(old, proxy);
    this.#prune(old);
  }

  #takeBack(parts: readonly ClusterPart[], proxy: string): void {
    for (const { view, endpoints } of parts) {
      view.forget(proxy);
      for (const [, endpoint, share] of endpoints) endpoint.remove(share);
    }
  }

  #prune(parts: readonly ClusterPart[]): void {
    for (const { view, endpoints } of parts) {
      for (const [address, endpoint] of endpoints) {
        if (endpoint.proxies === 0 && view.endpoints.delete(address)) this.#endpoints -= 1;
      }
    }
  }

  #add(reported: ReportedCluster, report: Report, coveredMs: number, now: number): ClusterPart | undefined {
    const view = this.#views.get(reported.name) ?? this.#newView(reported.name);
    if (view === undefined) return undefined;
    view.heard(report.proxy, now);
    view.totals.requests += reported.requests;
    view.totals.fallback += reported.fallback;
    view.totals.servedNotChosen += reported.servedNotChosen;
    const endpoints: [string, EndpointView, EndpointShare][] = [];
    for (const entry of reported.endpoints) {
      const before = view.endpoints.size;
      const endpoint = view.endpoint(entry.address, this.#endpoints < MAX_FLEET_ENDPOINTS);
      if (endpoint === undefined) continue;
      this.#endpoints += view.endpoints.size - before;
      const share = shareOf(entry, report.intervalMs, now);
      endpoint.add(share, coveredMs, now);
      view.totals.errors += share.errors;
      endpoints.push([entry.address, endpoint, share]);
    }
    return { view, endpoints };
  }

  /** A cluster that no proxy has any more makes room; undefined where all of them are in use. */
  #newView(name: string): ClusterView | undefined {
    if (this.#views.size >= MAX_CLUSTERS) {
      const [idle] = [...this.#views].find(([, view]) => view.proxies === 0) ?? [];
      if (idle === undefined) return undefined;
      this.#views.delete(idle);
    }
    const view = new ClusterView();
    this.#views.set(name, view);
    return view;
  }
}
