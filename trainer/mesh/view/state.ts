// What the live table shows, kept up to date from the load generator's reports.
import type { MeshEndpoint } from '../local-mesh.js';
import { LatencyHistogram } from '../load/histogram.js';
import type { LoadReport } from '../load/messages.js';

/** Current figures are over this many reports: two seconds. */
const WINDOWS = 8;

export interface EndpointRow extends MeshEndpoint {
  readonly requests: number;
  /** Of the requests of its service. */
  readonly share: number;
  readonly rps: number;
}

export interface Figures {
  /** Seconds that count: the warm-up is over when they begin. */
  readonly seconds: number;
  readonly requests: number;
  readonly errors: number;
  readonly rps: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly endpoints: readonly EndpointRow[];
}

export class LoadState {
  readonly #recent: LoadReport[] = [];

  constructor(readonly endpoints: readonly MeshEndpoint[]) {}

  get last(): LoadReport | undefined {
    return this.#recent.at(-1);
  }

  add(report: LoadReport): void {
    this.#recent.push(report);
    if (this.#recent.length > WINDOWS) this.#recent.shift();
  }

  /** The last two seconds; counts are of the whole run. */
  now(): Figures {
    const windows = this.#recent.map((report) => report.window);
    const seconds = this.#recent.reduce((sum, report) => sum + report.windowSeconds, 0);
    const served = new Map<string, number>();
    for (const { servedBy } of windows)
      for (const [name, count] of Object.entries(servedBy)) served.set(name, (served.get(name) ?? 0) + count);
    return {
      ...this.#counts(),
      ...quantiles(new LatencyHistogram(windows.flatMap((w) => w.latency))),
      rps: perSecond(
        windows.reduce((sum, w) => sum + w.requests, 0),
        seconds,
      ),
      endpoints: this.#rows(served, seconds),
    };
  }

  /** The whole run without the warm-up. `rps` are answers: failed requests do not count. */
  total(): Figures {
    const { seconds = 0, totals } = this.last ?? {};
    return {
      ...this.#counts(),
      ...quantiles(new LatencyHistogram(totals?.latency)),
      rps: perSecond((totals?.requests ?? 0) - (totals?.errors ?? 0), seconds),
      endpoints: this.#rows(new Map(Object.entries(totals?.servedBy ?? {})), seconds),
    };
  }

  #counts() {
    const { seconds = 0, totals } = this.last ?? {};
    return { seconds, requests: totals?.requests ?? 0, errors: totals?.errors ?? 0 };
  }

  #rows(served: ReadonlyMap<string, number>, seconds: number): EndpointRow[] {
    const ofService = new Map<string, number>();
    for (const { service, name } of this.endpoints)
      ofService.set(service, (ofService.get(service) ?? 0) + (served.get(name) ?? 0));
    return this.endpoints.map((endpoint) => {
      const requests = served.get(endpoint.name) ?? 0;
      const share = requests / Math.max(1, ofService.get(endpoint.service)!);
      return { ...endpoint, requests, share, rps: perSecond(requests, seconds) };
    });
  }
}

const perSecond = (count: number, seconds: number) => (seconds > 0 ? count / seconds : 0);
const quantiles = (histogram: LatencyHistogram) => ({
  p50Ms: histogram.quantile(0.5),
  p99Ms: histogram.quantile(0.99),
});
