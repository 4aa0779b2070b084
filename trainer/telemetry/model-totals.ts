// What each model did since the trainer started, over all proxies.
import { present } from './endpoint-view.js';
import { MAX_MODELS } from './limits.js';
import type { Report } from './report.js';
import { LatencySketch } from './sketch.js';

export interface ModelSummary {
  readonly id: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ms?: number;
  readonly p99Ms?: number;
  readonly lastReportAgeMs: number;
}

interface Totals {
  requests: number;
  errors: number;
  latency: LatencySketch;
  at: number;
}

export class ModelTotals {
  /** Re-inserted on every use: the first is the one not heard of for longest, and the first to go. */
  readonly #models = new Map<string, Totals>();

  add(reported: Report['models'], now: number): void {
    for (const { id, requests, errors, latency } of reported) {
      const totals = this.#models.get(id) ?? {
        requests: 0,
        errors: 0,
        latency: new LatencySketch(),
        at: now,
      };
      totals.requests += requests;
      totals.errors += errors;
      totals.latency.add(latency);
      totals.at = now;
      this.#models.delete(id);
      this.#models.set(id, totals);
    }
    for (const id of this.#models.keys()) {
      if (this.#models.size <= MAX_MODELS) break;
      this.#models.delete(id);
    }
  }

  summaries(now: number): ModelSummary[] {
    return [...this.#models].map(([id, { requests, errors, latency, at }]) => ({
      id,
      requests,
      errors,
      ...present('p50Ms', latency.quantile(0.5)),
      ...present('p99Ms', latency.quantile(0.99)),
      lastReportAgeMs: Math.max(0, now - at),
    }));
  }
}
