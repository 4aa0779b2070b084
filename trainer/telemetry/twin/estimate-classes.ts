// Request classes, as far as sampled decisions show them: the expected work that the filter learned of each request comes in
// clusters, one a class. Only the policy `actor` hands over samples.
import { mean } from './series.js';
import type { WorkBin } from './cluster-windows.js';

export interface ClassEstimate {
  readonly share: number;
  /** Mean latency of its answers, ms. */
  readonly meanMs: number;
}

const LEAST_SAMPLES = 500;
/** Bins that a learned work wanders in, 1/4 octave; classes nearer than twice that are one. */
const BLUR = 8;
const LEAST_SHARE = 0.02;
/** Depth of the valley between two classes, in units of the lower peak. */
const VALLEY = 0.5;
/** Latencies that lie nearer are those of one class. */
const LEAST_RATIO = 1.3;

/** By rising work; none where all requests look alike. */
export function estimateClasses(work: readonly WorkBin[]): ClassEstimate[] {
  const samples = work.reduce((total, { count }) => total + count, 0);
  if (samples < LEAST_SAMPLES) return [];
  const smooth = work.map((_, bin) => {
    let value = 0;
    for (let at = Math.max(0, bin - BLUR); at <= Math.min(work.length - 1, bin + BLUR); at++)
      value += work[at]!.count * (1 - Math.abs(at - bin) / (BLUR + 1));
    return value;
  });
  const groups = cuts(smooth)
    .map(([from, to]) => work.slice(from, to))
    .map((bins) => {
      const count = bins.reduce((total, bin) => total + bin.count, 0);
      return { share: count / samples, meanMs: bins.reduce((total, bin) => total + bin.sumMs, 0) / count };
    });
  const large = groups.filter(({ share }) => share >= LEAST_SHARE);
  const known = large.reduce((total, { share }) => total + share, 0);
  const isApart = large.every(({ meanMs }, i) => i === 0 || meanMs > large[i - 1]!.meanMs * LEAST_RATIO);
  if (large.length < 2 || !isApart) return [];
  return large.map(({ share, meanMs }) => ({ share: share / known, meanMs }));
}

/** Stretches between the valleys of a curve. */
function cuts(curve: readonly number[]): [number, number][] {
  const result: [number, number][] = [];
  let [from, peak, valley, valleyAt] = [0, 0, Infinity, 0];
  curve.forEach((value, bin) => {
    if (value > peak && valley === Infinity) peak = value;
    else if (value < valley && value < peak * VALLEY) [valley, valleyAt] = [value, bin];
    if (valley < Infinity && value * VALLEY > valley && value > mean(curve) * 0.05) {
      result.push([from, valleyAt]);
      [from, peak, valley] = [valleyAt, value, Infinity];
    }
  });
  result.push([from, curve.length]);
  return result;
}

/** Factors of the service time by class: waiting costs all of them the same, and the mean factor is 1. */
export function classFactors(classes: readonly ClassEstimate[], serviceMs: number): number[] {
  const meanMs = classes.reduce((total, { share, meanMs }) => total + share * meanMs, 0);
  return classes.map((one) => Math.max(0.05, 1 + (one.meanMs - meanMs) / serviceMs));
}
