// Quantiles of a histogram whose bins grow by a constant ratio.
import type { LatencyHistogram } from './simulation-result.js';

/**
 * The `q`-quantile in ms, NaN of an empty histogram. Within a bin the latencies are taken to be even on the scale of the
 * logarithm: off by less than a bin, which is half a percent wide.
 */
export function quantile({ leastMs, growth, counts }: LatencyHistogram, q: number): number {
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = q * total;
  if (total === 0) return NaN;
  let last = 0;
  for (const [bin, count] of counts.entries()) {
    if (count === 0) continue;
    last = bin;
    if (below <= count) return leastMs * growth ** (bin - 1 + below / count);
    below -= count;
  }
  return leastMs * growth ** last;
}
