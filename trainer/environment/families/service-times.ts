// How long jobs take, and what proxies can tell of it beforehand.
import type { Random } from '../random.js';
import type { ServiceTime } from '../schema.js';
import { between, digits, measure, stepped, whole } from './draw.js';
import { RANGES, type Range } from './ranges.js';
import type { RequestClass } from './scenario-file.js';

export type Tail = 'ordinary' | 'heavy';

export function drawServiceTime(
  random: Random,
  kind: ServiceTime['kind'],
  meanMs: number,
  { tail, hasClasses }: { tail: Tail; hasClasses: boolean },
): ServiceTime {
  const ordinary = hasClasses ? RANGES.classSigma : RANGES.sigma;
  switch (kind) {
    case 'exponential':
    case 'deterministic':
      return { kind, meanMs };
    case 'lognormal':
      return { kind, meanMs, sigma: stepped(random, tail === 'heavy' ? RANGES.heavySigma : ordinary, 0.1) };
    case 'pareto':
      return {
        kind,
        meanMs,
        alpha: stepped(random, tail === 'heavy' ? RANGES.heavyAlpha : RANGES.alpha, 0.1),
      };
    case 'empirical':
      return tail === 'heavy'
        ? samples(random, meanMs, 50, RANGES.heavyMiss, RANGES.heavyMissShare)
        : samples(random, meanMs, 30, RANGES.miss, RANGES.missShare);
  }
}

/** A cache before a store: hits, and misses that take `longer` times as long. */
function samples(random: Random, meanMs: number, size: number, longer: Range, share: Range): ServiceTime {
  const misses = Math.round(between(random, share) * size);
  const factor = measure(random, longer);
  const raw = Array.from({ length: size }, (_, i) => between(random, [0.6, 1.4]) * (i < misses ? factor : 1));
  const scale = (meanMs * size) / raw.reduce((sum, ms) => sum + ms, 0);
  const samplesMs = raw.map((ms) => digits(ms * scale, 2)).sort((a, b) => a - b);
  return { kind: 'empirical', samplesMs };
}

/** Cheapest first. */
const PATHS = ['/status', '/items', '/item', '/search', '/report', '/export'];

/**
 * Classes with factors up to `spread` times the cheapest one's. Shares fall about as factors rise, so that each class
 * brings about the same work: most requests are cheap, much of the work is in the few others.
 */
export function drawClasses(random: Random, spreadRange: Range): RequestClass[] {
  const number = whole(random, RANGES.classes);
  const spread = measure(random, spreadRange);
  const middle = Array.from({ length: number - 2 }, () => between(random, [1, spread]));
  const factors = [1, ...middle.sort((a, b) => a - b), spread];
  const weights = factors.map((factor) => between(random, [0.7, 1.4]) / factor).sort((a, b) => b - a);
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const cents = weights.map((weight) => Math.max(1, Math.round((weight / sum) * 100)));
  cents[0]! += 100 - cents.reduce((total, cent) => total + cent, 0);
  // Where shares are about equal, what rounding left over may have changed their order.
  cents.sort((a, b) => b - a);
  const mean = factors.reduce((total, factor, i) => total + (factor * cents[i]!) / 100, 0);
  return factors.map((factor, i) => ({
    path: PATHS[Math.round((i * (PATHS.length - 1)) / (number - 1))]!,
    share: cents[i]! / 100,
    factor: digits(factor / mean, 2),
  }));
}
