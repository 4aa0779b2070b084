// Quantiles of latency counts by bin (../sketch.ts), even within a bin on the scale of the logarithm.
import { edgeOf } from '../sketch.js';

/** In ms; undefined without answers. */
export function quantileOf(counts: Float64Array, q: number): number | undefined {
  let total = 0;
  for (const count of counts) total += count;
  if (total === 0) return undefined;
  let below = q * total;
  let last = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    const count = counts[bin]!;
    if (count === 0) continue;
    last = bin;
    if (below <= count) return edgeOf(bin + below / count);
    below -= count;
  }
  return edgeOf(last + 1);
}

export function totalOf(counts: Float64Array): number {
  let total = 0;
  for (const count of counts) total += count;
  return total;
}

export function merged(all: readonly Float64Array[]): Float64Array {
  const result = new Float64Array(all[0]?.length ?? 0);
  for (const counts of all) counts.forEach((count, bin) => (result[bin]! += count));
  return result;
}
