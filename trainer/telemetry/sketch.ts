// Latency histogram with logarithmic bins, mergeable without loss: a DDSketch (Masson, Rim, Lee, VLDB 2019) with
// gamma = 2^(1/8) and a fixed range, as the plugin keeps it (docs/contracts.md, reports).

export const BINS = 160;
const BINS_PER_OCTAVE = 8;
/** log2 of the lower edge of bin 0 in ms: 1/16 ms. */
const LOWEST_OCTAVE = -4;

/** Sparse form: [bin, count] pairs. */
export type SparseBins = readonly (readonly [bin: number, count: number])[];

/** The same as bin, count, bin, count, ..: one array where nested ones take three times the room. */
export type PackedBins = readonly number[];

export function pack(bins: SparseBins): PackedBins {
  const packed: number[] = [];
  for (const pair of bins) packed.push(pair[0], pair[1]);
  return packed;
}

export function binOf(latencyMs: number): number {
  const bin = Math.floor((Math.log2(latencyMs) - LOWEST_OCTAVE) * BINS_PER_OCTAVE);
  return Math.min(BINS - 1, Math.max(0, bin));
}

/** Lower edge of a bin in ms. */
export function edgeOf(bin: number): number {
  return 2 ** (bin / BINS_PER_OCTAVE + LOWEST_OCTAVE);
}

/** Geometric middle of a bin in ms: at most 2^(1/16) = 4.4% from anything in it. */
export function middleOf(bin: number): number {
  return edgeOf(bin + 0.5);
}

const MIDDLES = Float64Array.from({ length: BINS }, (_, bin) => middleOf(bin));

/** Number of latencies and their sum in ms, each taken for the middle of its bin. */
export function totalOf(bins: PackedBins): { count: number; sum: number } {
  let [count, sum] = [0, 0];
  for (let i = 0; i < bins.length; i += 2) {
    count += bins[i + 1]!;
    sum += bins[i + 1]! * MIDDLES[bins[i]!]!;
  }
  return { count, sum };
}

export class LatencySketch {
  readonly #bins = new Float64Array(BINS);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(bins: SparseBins): void {
    for (const [bin, count] of bins) this.#change(bin, count);
  }

  /** @param weight that each of them counts with */
  addPacked(bins: PackedBins, weight = 1): void {
    for (let i = 0; i < bins.length; i += 2) this.#change(bins[i]!, weight * bins[i + 1]!);
  }

  addOne(latencyMs: number): void {
    this.#change(binOf(latencyMs), 1);
  }

  pack(): PackedBins {
    const packed: number[] = [];
    this.#bins.forEach((count, bin) => {
      if (count > 0) packed.push(bin, count);
    });
    return packed;
  }

  merge(other: LatencySketch): void {
    other.#bins.forEach((count, bin) => {
      this.#change(bin, count);
    });
  }

  /** Latency in ms at quantile `q` in 0..1; undefined without samples. */
  quantile(q: number): number | undefined {
    if (this.#count === 0) return undefined;
    const rank = Math.max(1, Math.ceil(q * this.#count));
    let [seen, highest] = [0, 0];
    for (const [bin, count] of this.#bins.entries()) {
      if (count === 0) continue;
      highest = bin;
      if ((seen += count) >= rank) break;
    }
    // Weights need not add up to a whole number: the rank may lie above all of them.
    return middleOf(highest);
  }

  #change(bin: number, count: number): void {
    this.#bins[bin]! += count;
    this.#count += count;
  }
}
