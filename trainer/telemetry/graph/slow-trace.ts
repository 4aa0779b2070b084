// Which traces are slow for where they begin: above the 95th percentile of late, which is followed by stochastic
// approximation (Robbins and Monro, 1951): one number an entry, and no window.

const QUANTILE = 0.95;
/** Of the logarithm: a quantile that doubles is caught up with in some hundred traces. */
const STEP = 0.1;
const MAX_ENTRIES = 1000;

export class SlowTraces {
  readonly #logMs = new Map<string, number>();

  /** Also learns from it. */
  isSlow(entry: string, durationMs: number): boolean {
    const value = Math.log(Math.max(durationMs, 1e-3));
    const quantile = this.#logMs.get(entry);
    if (quantile === undefined) {
      if (this.#logMs.size < MAX_ENTRIES) this.#logMs.set(entry, value);
      return false;
    }
    const isAbove = value > quantile;
    this.#logMs.set(entry, quantile + STEP * (isAbove ? QUANTILE : QUANTILE - 1));
    return isAbove;
  }
}
