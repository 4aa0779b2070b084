// What came of the requests of a window, or of all.
import { LatencyHistogram, type Bins } from './histogram.js';

export interface Outcome {
  /** Answered with a status below 500. */
  readonly ok: boolean;
  /** Endpoints that had a part in the answer, the one asked first. */
  readonly servedBy: readonly string[];
}

/** A tally as it travels between processes. */
export interface TallyData {
  readonly requests: number;
  readonly errors: number;
  /** Latency of the requests that did not fail: failing fast is not being fast. */
  readonly latency: Bins;
  /** Requests by endpoint name. */
  readonly servedBy: Readonly<Record<string, number>>;
}

export class Tally {
  #requests = 0;
  #errors = 0;
  readonly #latency = new LatencyHistogram();
  readonly #servedBy = new Map<string, number>();

  add({ ok, servedBy }: Outcome, latencyMs: number): void {
    this.#requests++;
    if (ok) this.#latency.add(latencyMs);
    else this.#errors++;
    for (const name of servedBy) this.#servedBy.set(name, (this.#servedBy.get(name) ?? 0) + 1);
  }

  data(): TallyData {
    return {
      requests: this.#requests,
      errors: this.#errors,
      latency: this.#latency.bins(),
      servedBy: Object.fromEntries(this.#servedBy),
    };
  }
}
