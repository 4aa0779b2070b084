// Request classes, as far as sampled decisions show them: the expected work that the filter learned of each request comes in
// clusters, one a class. Only the policy `actor` hands over samples.
import { mean } from './series.js';
import type { WorkBin } from './cluster-windows.js';

export interface ClassEstimate {
  /** Of the cluster's requests. */
  readonly share: number;
  /** By endpoint: how many of its sampled answers were of this class, and their mean latency, ms. */
  readonly endpoints: readonly { readonly count: number; readonly meanMs: number }[];
}

const LEAST_SAMPLES = 500;
/** Bins that a learned work wanders in, 1/4 octave; classes nearer than twice that are one. */
const BLUR = 8;
const LEAST_SHARE = 0.02;
/** Depth of the valley between two classes, in units of the lower peak. */
const VALLEY = 0.5;
/** Latencies that lie nearer are those of one class. */
const LEAST_RATIO = 1.3;

/** By rising work; none where all requests look alike. @param endpoints sampled answers of each by work */
export function estimateClasses(endpoints: readonly (readonly WorkBin[])[]): ClassEstimate[] {
  const [first] = endpoints;
  if (first === undefined) return [];
  const all = first.map((_, bin) => total(endpoints.map((work) => work[bin]!)));
  const samples = total(all).count;
  if (samples < LEAST_SAMPLES) return [];
  const smooth = all.map((_, bin) => {
    let value = 0;
    for (let at = Math.max(0, bin - BLUR); at <= Math.min(all.length - 1, bin + BLUR); at++)
      value += all[at]!.count * (1 - Math.abs(at - bin) / (BLUR + 1));
    return value;
  });
  const large = cuts(smooth).filter(
    ([from, to]) => total(all.slice(from, to)).count / samples >= LEAST_SHARE,
  );
  const seen = large.map(([from, to]) => total(all.slice(from, to)));
  const known = total(seen).count;
  const isApart = seen.every((one, i) => i === 0 || meanOf(one) > meanOf(seen[i - 1]!) * LEAST_RATIO);
  if (large.length < 2 || !isApart) return [];
  return large.map(([from, to], i) => ({
    share: seen[i]!.count / known,
    endpoints: endpoints.map((work) => {
      const own = total(work.slice(from, to));
      return { count: own.count, meanMs: meanOf(own) };
    }),
  }));
}

const total = (bins: readonly WorkBin[]): WorkBin => ({
  count: bins.reduce((sum, { count }) => sum + count, 0),
  sumMs: bins.reduce((sum, { sumMs }) => sum + sumMs, 0),
});

const meanOf = ({ count, sumMs }: WorkBin): number => (count > 0 ? sumMs / count : 0);

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

export interface ClassMix {
  /** Factors of the service time by class; their mean over the requests is 1. */
  readonly factors: readonly number[];
  /** By endpoint: mean factor of the requests that it gets. A policy may send it the heavy ones. */
  readonly means: readonly number[];
}

/** The factors and what an endpoint makes of a mean request depend on each other: rounds until they agree. */
const ROUNDS = 20;
const LEAST_FACTOR = 0.05;
/** Samples of an endpoint that count as many as those of all requests. */
const PRIOR = 20;

/**
 * At an endpoint waiting costs all classes the same, so that their latencies differ by their service times alone.
 * @param serviceMs by endpoint, of the requests that it gets
 */
export function classMix(classes: readonly ClassEstimate[], serviceMs: readonly number[]): ClassMix {
  let factors = classes.map(() => 1);
  let means = serviceMs.map(() => 1);
  if (classes.length === 0) return { factors, means };
  const latencies = serviceMs.map((_, e) => latencyOf(classes, e));
  for (let round = 0; round < ROUNDS; round++) {
    const raw = classes.map((one) => {
      const [sum, weight] = one.endpoints.reduce(
        ([sum, weight], { count, meanMs }, e) => {
          const excess = (means[e]! * (meanMs - latencies[e]!)) / serviceMs[e]!;
          return [sum + count * (means[e]! + excess), weight + count];
        },
        [0, 0],
      );
      return Math.max(LEAST_FACTOR, weight > 0 ? sum / weight : 1);
    });
    const mean = raw.reduce((sum, factor, c) => sum + factor * classes[c]!.share, 0);
    factors = raw.map((factor) => factor / mean);
    means = serviceMs.map((_, e) => {
      const counts = classes.map(({ endpoints }) => endpoints[e]!.count);
      const samples = counts.reduce((sum, count) => sum + count, 0);
      return (PRIOR + counts.reduce((sum, count, c) => sum + count * factors[c]!, 0)) / (PRIOR + samples);
    });
  }
  return { factors, means };
}

/** Mean latency of the sampled answers of an endpoint. */
function latencyOf(classes: readonly ClassEstimate[], endpoint: number): number {
  const [sum, count] = classes.reduce(
    ([sum, all], { endpoints }) => {
      const { count, meanMs } = endpoints[endpoint]!;
      return [sum + count * meanMs, all + count];
    },
    [0, 0],
  );
  return count > 0 ? sum / count : 0;
}
