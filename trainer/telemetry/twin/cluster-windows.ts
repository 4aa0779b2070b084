// One cluster's last windows: arrivals, endpoints, the proxies that share it, the work of sampled requests.
import { CONTEXT_FEATURES } from '../../actor/features.js';
import type { Report, ReportedCluster } from '../report.js';
import { EndpointRing } from './endpoint-ring.js';
import { MAX_PROXIES, PROXY_GONE_MS, WINDOW_MS, WINDOWS } from './limits.js';

/** Sampled answers whose request had this expected work: int8, log2 in units of 1/32 (docs/contracts.md). */
export interface WorkBin {
  readonly count: number;
  readonly sumMs: number;
}

interface WorkSums {
  readonly count: Float32Array;
  readonly sumMs: Float32Array;
}

/** Of an int8. */
const WORKS = 256;
const REQUEST_WORK = CONTEXT_FEATURES.indexOf('request_work');
/** Samples fade with this half-life, in windows. */
const WORK_HALF_LIFE = WINDOWS / 2;

export class ClusterWindows {
  readonly endpoints = new Map<string, EndpointRing>();
  readonly #arrivals = new Float64Array(WINDOWS);
  readonly #windows = new Int32Array(WINDOWS).fill(-1);
  readonly #proxies = new Map<string, { at: number; workers: number }>();
  readonly #work = new Map<string, WorkSums>();
  #workWindow = 0;
  readonly first: number;
  policy = '';
  mode = '';
  intervalMs = WINDOW_MS;
  hasServerLoad = false;

  constructor(window: number) {
    this.first = window;
  }

  /** @param room endpoints that may be added */
  add(report: Report, cluster: ReportedCluster, window: number, now: number, room: number): void {
    const spread = Math.min(WINDOWS, Math.max(1, Math.round(report.intervalMs / WINDOW_MS)));
    for (let back = 0; back < spread && back <= window; back++)
      this.#arrive(window - back, cluster.requests / spread);
    for (const reported of cluster.endpoints) {
      const known = this.endpoints.get(reported.address);
      if (known === undefined && room-- <= 0) continue;
      const ring = known ?? new EndpointRing(window);
      if (known === undefined) this.endpoints.set(reported.address, ring);
      ring.add(window, spread, reported);
      if (reported.server?.inFlight !== undefined) this.hasServerLoad = true;
    }
    this.#proxies.delete(report.proxy);
    if (this.#proxies.size < MAX_PROXIES)
      this.#proxies.set(report.proxy, { at: now, workers: report.workers.length });
    ({ policy: this.policy, mode: this.mode, intervalMs: this.intervalMs } = report);
    for (const sample of report.samples)
      if (sample.cluster === cluster.name) this.#sample(sample, cluster.endpoints, window);
  }

  /** Forgets what nobody reports any more. */
  sweep(window: number, now: number): void {
    for (const [address, ring] of this.endpoints)
      if (ring.last <= window - WINDOWS) {
        this.endpoints.delete(address);
        this.#work.delete(address);
      }
    for (const [proxy, { at }] of this.#proxies) if (now - at > PROXY_GONE_MS) this.#proxies.delete(proxy);
  }

  get proxies(): number {
    return this.#proxies.size;
  }

  /** Of the middle proxy, at least 1. */
  get workersPerProxy(): number {
    const workers = [...this.#proxies.values()].map((proxy) => proxy.workers).sort((a, b) => a - b);
    return Math.max(1, workers[workers.length >> 1] ?? 1);
  }

  arrivals(window: number): number {
    return this.#windows[window % WINDOWS] === window ? this.#arrivals[window % WINDOWS]! : 0;
  }

  /** Of an endpoint, by work from -128 to 127, at 0 to 255. */
  work(address: string): WorkBin[] {
    const sums = this.#work.get(address);
    return Array.from({ length: WORKS }, (_, bin) => ({
      count: sums?.count[bin] ?? 0,
      sumMs: sums?.sumMs[bin] ?? 0,
    }));
  }

  #arrive(window: number, requests: number): void {
    const place = window % WINDOWS;
    if (this.#windows[place]! < window) {
      this.#windows[place] = window;
      this.#arrivals[place] = 0;
    }
    this.#arrivals[place]! += requests;
  }

  /** A sample has a row for each endpoint in the order in which the report lists them. */
  #sample(sample: Report['samples'][number], endpoints: ReportedCluster['endpoints'], window: number): void {
    const address = endpoints[sample.action]?.address;
    if (sample.error || sample.endpoints !== endpoints.length || !this.endpoints.has(address!)) return;
    this.#fade(window);
    const sums = this.#work.get(address!) ?? {
      count: new Float32Array(WORKS),
      sumMs: new Float32Array(WORKS),
    };
    this.#work.set(address!, sums);
    const bin = Buffer.from(sample.context, 'base64').readInt8(REQUEST_WORK) + WORKS / 2;
    sums.count[bin]! += 1;
    sums.sumMs[bin]! += sample.latencyMs;
  }

  #fade(window: number): void {
    if (window === this.#workWindow) return;
    const keep = 2 ** -((window - this.#workWindow) / WORK_HALF_LIFE);
    for (const { count, sumMs } of this.#work.values())
      for (let bin = 0; bin < WORKS; bin++) {
        count[bin]! *= keep;
        sumMs[bin]! *= keep;
      }
    this.#workWindow = window;
  }
}
