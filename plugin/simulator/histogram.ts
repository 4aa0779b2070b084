// Counts of latencies in bins whose bounds grow by half a percent: quantiles with a relative error of a quarter.
import { log2 } from '../core/math';

/** Upper bound of the first bin, ms; anything below counts there. */
export const LEAST_MS: f64 = 0.001;
export const GROWTH: f64 = 1.005;
/** Up to 750 s, far beyond any timeout; anything above counts in the last. */
export const BINS: i32 = 4096;
/** 1 / log2(GROWTH) */
const BINS_PER_OCTAVE: f32 = 138.97572;
const LOG2_LEAST: f32 = -9.965784;

export class Histogram {
  counts: StaticArray<u32> = new StaticArray<u32>(BINS);

  add(ms: f64): void {
    const bin = ceil<f32>((log2(max<f32>(ms as f32, 1e-30)) - LOG2_LEAST) * BINS_PER_OCTAVE) as i32;
    const clamped = min(BINS - 1, max(0, bin));
    unchecked(this.counts[clamped]++);
  }
}
