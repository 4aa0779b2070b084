// Sums and a latency histogram over the last slots of time: a ring, one row a slot, merged when asked.
import { BINS, LatencySketch, type SparseBins } from './sketch.js';

export interface WindowShape {
  readonly slotMs: number;
  readonly slots: number;
}

/** What a window holds since some time, or one slot of it. */
export interface WindowTotals<K extends string> {
  readonly sums: Readonly<Record<K, number>>;
  readonly latency: LatencySketch;
}

/** Bins are kept from the first to the last in use, in whole octaves: most endpoints take a fifth of the range. */
const STEP = 8;

/** @typeParam K names of the sums that are kept beside the latencies */
export class SlidingWindow<K extends string> {
  readonly #keys: readonly K[];
  readonly #shape: WindowShape;
  /** slots x keys, and slots x (bins from #low on). */
  readonly #sums: Float64Array;
  #bins = new Float64Array(0);
  #low = 0;
  #width = 0;
  /** Number of the newest slot, counted from time 0. */
  #newest = -Infinity;

  constructor(keys: readonly K[], shape: WindowShape) {
    this.#keys = keys;
    this.#shape = shape;
    this.#sums = new Float64Array(shape.slots * keys.length);
  }

  /** Rough size on the heap. */
  get bytes(): number {
    return 400 + 8 * (this.#sums.length + this.#bins.length);
  }

  /** End of the newest slot that anything was added to: past this plus the whole window it is empty. */
  get endMs(): number {
    return (this.#newest + 1) * this.#shape.slotMs;
  }

  /** What is older than the window is dropped. Absent sums count as 0. */
  add(sums: Readonly<Partial<Record<K, number>>>, latency: SparseBins, at: number): void {
    const slot = Math.floor(at / this.#shape.slotMs);
    this.#advance(slot);
    if (slot <= this.#newest - this.#shape.slots) return;
    const row = this.#row(slot);
    this.#keys.forEach((key, i) => {
      this.#sums[row * this.#keys.length + i]! += sums[key] ?? 0;
    });
    this.#cover(latency);
    for (const [bin, count] of latency) this.#bins[row * this.#width + bin - this.#low]! += count;
  }

  /** Of the slots that began at `from` or later: nothing from before it, and up to one slot from after it left out. */
  since(from: number): WindowTotals<K> {
    return this.#totals(this.#firstSlot(from), this.#newest);
  }

  /** One entry a slot from the first that began at `from` or later to the one before `now`'s, which is not over. */
  series(from: number, now: number): (WindowTotals<K> & { readonly atMs: number })[] {
    const { slotMs, slots } = this.#shape;
    const last = Math.floor(now / slotMs) - 1;
    const first = Math.max(Math.ceil(from / slotMs), last - slots + 1);
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => {
      const slot = first + i;
      const held = slot <= this.#newest && slot > this.#newest - slots;
      return { atMs: slot * slotMs, ...this.#totals(slot, held ? slot : -Infinity) };
    });
  }

  #firstSlot(from: number): number {
    return Math.max(Math.ceil(from / this.#shape.slotMs), this.#newest - this.#shape.slots + 1);
  }

  #totals(first: number, last: number): WindowTotals<K> {
    const sums = Object.fromEntries(this.#keys.map((key) => [key, 0])) as Record<K, number>;
    const latency = new LatencySketch();
    for (let slot = first; slot <= last; slot++) {
      const row = this.#row(slot);
      this.#keys.forEach((key, i) => (sums[key] += this.#sums[row * this.#keys.length + i]!));
      const bins = this.#bins.subarray(row * this.#width, (row + 1) * this.#width);
      latency.addDense(bins, this.#low);
    }
    return { sums, latency };
  }

  #row(slot: number): number {
    const { slots } = this.#shape;
    return ((slot % slots) + slots) % slots;
  }

  /** Makes `slot` the newest, empty rows for those between. */
  #advance(slot: number): void {
    if (slot <= this.#newest) return;
    const first = Math.max(this.#newest + 1, slot - this.#shape.slots + 1);
    for (let s = first; s <= slot; s++) {
      const row = this.#row(s);
      this.#sums.fill(0, row * this.#keys.length, (row + 1) * this.#keys.length);
      this.#bins.fill(0, row * this.#width, (row + 1) * this.#width);
    }
    this.#newest = slot;
  }

  /** Widens the rows to hold every bin of `latency`. */
  #cover(latency: SparseBins): void {
    let [low, end] = this.#width === 0 ? [BINS, 0] : [this.#low, this.#low + this.#width];
    for (const [bin] of latency) {
      low = Math.min(low, bin - (bin % STEP));
      end = Math.max(end, bin - (bin % STEP) + STEP);
    }
    const width = Math.max(0, end - low);
    if (width === this.#width) return;
    const bins = new Float64Array(width * this.#shape.slots);
    for (let row = 0; row < this.#shape.slots; row++) {
      const old = this.#bins.subarray(row * this.#width, (row + 1) * this.#width);
      bins.set(old, row * width + (this.#low - low) * Math.sign(this.#width));
    }
    [this.#bins, this.#low, this.#width] = [bins, low, width];
  }
}
