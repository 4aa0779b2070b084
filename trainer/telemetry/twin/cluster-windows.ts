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

const REQUEST_WORK = CONTEXT_FEATURES.indexOf('request_work');
/** Samples fade with this half-life, in windows. */
const WORK_HALF_LIFE = WINDOWS / 2;

export class ClusterWindows {
  readonly endpoints = new Map<string, EndpointRing>();
  readonly #arrivals = new Float64Array(WINDOWS);
  readonly #windows = new Int32Array(WINDOWS).fill(-1);
  readonly #proxies = new Map<string, { at: number; workers: number }>();
  readonly #work = { count: new Float64Array(256), sumMs: new Float64Array(256), window: 0 };
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
    for (const sample of report.samples) if (sample.cluster === cluster.name) this.#sample(sample, window);
  }

  /** Forgets what nobody reports any more. */
  sweep(window: number, now: number): void {
    for (const [address, ring] of this.endpoints)
      if (ring.last <= window - WINDOWS) this.endpoints.delete(address);
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

  /** By work from -128 to 127, at 0 to 255. */
  work(): WorkBin[] {
    return Array.from(this.#work.count, (count, bin) => ({ count, sumMs: this.#work.sumMs[bin]! }));
  }

  #arrive(window: number, requests: number): void {
    const place = window % WINDOWS;
    if (this.#windows[place]! < window) {
      this.#windows[place] = window;
      this.#arrivals[place] = 0;
    }
    this.#arrivals[place]! += requests;
  }

  #sample(sample: Report['samples'][number], window: number): void {
    if (sample.error) return;
    const { count, sumMs } = this.#work;
    const keep = 2 ** -((window - this.#work.window) / WORK_HALF_LIFE);
    if (keep < 1) for (const sums of [count, sumMs]) for (let bin = 0; bin < 256; bin++) sums[bin]! *= keep;
    this.#work.window = window;
    const bin = Buffer.from(sample.context, 'base64').readInt8(REQUEST_WORK) + 128;
    count[bin]! += 1;
    sumMs[bin]! += sample.latencyMs;
  }
}
