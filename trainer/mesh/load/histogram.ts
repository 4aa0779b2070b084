// Latencies in logarithmic bins: DDSketch (Masson, Rim, Lee, VLDB 2019) with a relative error of 1%, without its limit on
// the number of bins, which a range of microseconds to seconds does not need.

const RELATIVE_ERROR = 0.01;
const GAMMA = (1 + RELATIVE_ERROR) / (1 - RELATIVE_ERROR);
const LOG_GAMMA = Math.log(GAMMA);
/** Below this nothing is told apart. */
const MIN_MS = 0.001;

/** Bin and count, in no order: how a histogram travels. */
export type Bins = readonly (readonly [bin: number, count: number])[];

export class LatencyHistogram {
  readonly #counts = new Map<number, number>();
  #count = 0;

  constructor(bins: Bins = []) {
    this.merge(bins);
  }

  get count(): number {
    return this.#count;
  }

  add(ms: number): void {
    this.merge([[Math.ceil(Math.log(Math.max(MIN_MS, ms)) / LOG_GAMMA), 1]]);
  }

  merge(bins: Bins): void {
    for (const [bin, count] of bins) {
      this.#counts.set(bin, (this.#counts.get(bin) ?? 0) + count);
      this.#count += count;
    }
  }

  bins(): Bins {
    return [...this.#counts];
  }

  /** In ms, within 1%; 0 where there are none. */
  mean(): number {
    let sum = 0;
    for (const [bin, count] of this.#counts) sum += count * middleOf(bin);
    return sum / Math.max(1, this.#count);
  }

  /** The latency in ms below which a share `q` lies, within 1%; 0 where there are none. */
  quantile(q: number): number {
    let left = Math.max(1, Math.ceil(q * this.#count));
    for (const [bin, count] of [...this.#counts].sort((a, b) => a[0] - b[0])) {
      left -= count;
      if (left <= 0) return middleOf(bin);
    }
    return 0;
  }
}

const middleOf = (bin: number): number => (2 * GAMMA ** bin) / (GAMMA + 1);
