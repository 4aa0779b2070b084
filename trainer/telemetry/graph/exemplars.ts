// Traces that show what a figure means: of each key the slowest and a failed one of late.
import type { Exemplar } from './graph-view.js';

/** A slower one is needed until then; after it, any will do. */
const FRESH_MS = 60_000;
/** What is older than this is not shown: the window of the figures has moved on, and so have the traces. */
const MAX_AGE_MS = 24 * 3_600_000;

interface Kept {
  slow?: Exemplar;
  failed?: Exemplar;
}

export class Exemplars {
  readonly #kept = new Map<string, Kept>();

  constructor(private readonly limit: number) {}

  offer(key: string, traceId: string, ms: number, failed: boolean, at: number): void {
    let kept = this.#kept.get(key);
    const isBetter =
      kept?.slow === undefined ||
      ms > kept.slow.ms ||
      at - kept.slow.at > FRESH_MS ||
      (failed && !isFresh(kept.failed, at));
    if (!isBetter) return;
    if (kept === undefined) {
      // Order of insertion is near enough to that of use: a key in use comes back with its next slow trace.
      if (this.#kept.size >= this.limit) this.#kept.delete(this.#kept.keys().next().value!);
      this.#kept.set(key, (kept = {}));
    }
    const exemplar = { traceId, ms, failed, at };
    if (failed && !isFresh(kept.failed, at)) kept.failed = exemplar;
    if (kept.slow === undefined || ms > kept.slow.ms || at - kept.slow.at > FRESH_MS) kept.slow = exemplar;
  }

  /** The slowest first, then a failed one. */
  of(key: string, at: number, spanMs = MAX_AGE_MS): Exemplar[] {
    const { slow, failed } = this.#kept.get(key) ?? {};
    const both = [slow, failed === slow ? undefined : failed];
    return both.filter((exemplar) => exemplar !== undefined && at - exemplar.at <= spanMs) as Exemplar[];
  }
}

const isFresh = (exemplar: Exemplar | undefined, at: number): boolean =>
  exemplar !== undefined && at - exemplar.at <= FRESH_MS / 6;
