// The fleet's view from the last report of every proxy. Time is an argument; nothing here reads a clock.
import { renderAnswer, renderCluster } from './answer.js';
import { AnswerCache } from './answer-cache.js';
import { ClusterView, type ClusterSummary, type ConfiguredEndpoint } from './cluster-view.js';
import { FleetClusters } from './fleet-clusters.js';
import { MAX_PROXIES, MAX_STATE_BYTES } from './limits.js';
import { ModelTotals, type ModelSummary } from './model-totals.js';
import {
  bytesOf,
  coverage,
  deadlineOf,
  summaryOf,
  type ProxyState,
  type ProxySummary,
} from './proxy-state.js';
import type { Report } from './report.js';

export type EndpointsByCluster = Readonly<Record<string, readonly ConfiguredEndpoint[]>>;

/** `stale`: came twice or late; `full`: no room for another proxy. Both are answered like an accepted one. */
export type Verdict = 'accepted' | 'stale' | 'full';

export interface FleetView {
  readonly proxies: number;
  readonly clusters: readonly ClusterSummary[];
  readonly models: readonly ModelSummary[];
  /** Reports by verdict, since the start. */
  readonly reports: Readonly<Record<Verdict, number>>;
  readonly lastReportAgeMs: number | null;
}

/** No report is so many behind: its proxy began to count anew under the same name. */
const RESTART_GAP = 100;

const UNSEEN = new ClusterView();

export class Fleet {
  readonly #nextMs: number;
  #configured = new Map<string, readonly ConfiguredEndpoint[]>();
  #texts = new AnswerCache();
  readonly #proxies = new Map<string, ProxyState>();
  readonly #clusters = new FleetClusters();
  readonly #models = new ModelTotals();
  readonly #reports: Record<Verdict, number> = { accepted: 0, stale: 0, full: 0 };
  #bytes = 0;
  #lastReportAt: number | undefined;
  /** No proxy is gone before this time, which makes a sweep over all of them rare. */
  #nextSweep = Infinity;

  /** @param nextMs interval that the proxies are asked to report in */
  constructor(nextMs = 1000, endpoints: EndpointsByCluster = {}) {
    this.#nextMs = nextMs;
    this.configure(endpoints);
  }

  /** Replaces the configured table: its clusters have these endpoints, whatever reports have seen. */
  configure(endpoints: EndpointsByCluster): void {
    this.#configured = new Map(Object.entries(endpoints));
    this.#texts = new AnswerCache();
  }

  accept(report: Report, now: number): Verdict {
    this.#sweep(now);
    const verdict = this.#verdict(report);
    this.#reports[verdict] += 1;
    if (verdict === 'accepted') this.#store(report, now);
    return verdict;
  }

  /**
   * What the sender of `report` should know, its own clusters and all configured ones: the JSON of an `Answer`. Of a
   * cluster that 50 proxies or more share it may be some reports old, 50 ms at most.
   */
  answer(report: Report, now: number): string {
    this.#sweep(now);
    const own = report.clusters.map((cluster) => cluster.name);
    const clusters = [...new Set([...own, ...this.#configured.keys()])].map((name) => {
      const view = this.#clusters.get(name) ?? UNSEEN;
      const make = () => JSON.stringify(view.answer(this.#configured.get(name), now));
      return renderCluster(
        name,
        view.ageMs(now),
        view === UNSEEN ? make() : this.#texts.get(view, now, make),
      );
    });
    const proxies = Math.max(1, ...own.map((name) => this.#clusters.get(name)?.proxies ?? 0));
    return renderAnswer({ nextMs: this.#nextMs, proxies }, clusters);
  }

  view(now: number): FleetView {
    this.#sweep(now);
    const names = new Set([...this.#configured.keys(), ...this.#clusters.names()]);
    return {
      proxies: this.#proxies.size,
      clusters: [...names].map((name) => {
        const view = this.#clusters.get(name) ?? UNSEEN;
        return view.summary(name, this.#configured.get(name), now);
      }),
      models: this.#models.summaries(now),
      reports: { ...this.#reports },
      lastReportAgeMs: this.#lastReportAt === undefined ? null : Math.max(0, now - this.#lastReportAt),
    };
  }

  /** How much is kept; bytes as estimated. */
  size(now: number): { proxies: number; clusters: number; endpoints: number; bytes: number } {
    this.#sweep(now);
    const { clusters, endpoints } = this.#clusters;
    return { proxies: this.#proxies.size, clusters, endpoints, bytes: this.#bytes };
  }

  /** Of the oldest report in the view. */
  ageMs(now: number): number {
    this.#sweep(now);
    return Math.max(0, ...[...this.#clusters.names()].map((name) => this.#clusters.get(name)!.ageMs(now)));
  }

  proxies(now: number): ProxySummary[] {
    this.#sweep(now);
    return [...this.#proxies].map(([id, state]) => summaryOf(id, state, now));
  }

  #verdict(report: Report): Verdict {
    const last = this.#proxies.get(report.proxy);
    if (last !== undefined && report.seq <= last.seq && last.seq - report.seq < RESTART_GAP) return 'stale';
    if (last === undefined && this.#proxies.size >= MAX_PROXIES) return 'full';
    return this.#bytes - (last?.bytes ?? 0) + bytesOf(report) > MAX_STATE_BYTES ? 'full' : 'accepted';
  }

  #store(report: Report, now: number): void {
    const last = this.#proxies.get(report.proxy);
    const { seq, intervalMs, plugin, policy, mode, workers, counters } = report;
    const bytes = bytesOf(report);
    const { coveredMs, coveredTo } = coverage(last, intervalMs, now);
    const parts = this.#clusters.replace(last?.parts ?? [], report, coveredMs, now);
    const state = {
      seq,
      receivedAt: now,
      coveredTo,
      intervalMs,
      plugin,
      policy,
      mode,
      workers,
      counters,
      bytes,
      parts,
    };
    this.#proxies.set(report.proxy, state);
    this.#bytes += bytes - (last?.bytes ?? 0);
    this.#nextSweep = Math.min(this.#nextSweep, deadlineOf(state));
    this.#models.add(report.models, now);
    this.#lastReportAt = now;
  }

  /** Drops the proxies that are gone. */
  #sweep(now: number): void {
    if (now <= this.#nextSweep) return;
    this.#nextSweep = Infinity;
    for (const [proxy, state] of this.#proxies) {
      if (now <= deadlineOf(state)) {
        this.#nextSweep = Math.min(this.#nextSweep, deadlineOf(state));
        continue;
      }
      this.#clusters.remove(state.parts, proxy);
      this.#proxies.delete(proxy);
      this.#bytes -= state.bytes;
    }
  }
}
