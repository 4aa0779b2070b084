// Load over time, relative to the rate that `utilisation` asks for.
import { alternating } from './alternating.js';
import type { Random } from './random.js';
import type { LoadPattern } from './schema.js';

export interface RelativeRate {
  /** Upper bound of `at`. */
  readonly max: number;
  /** The relative rate at a time; times must not decrease from call to call. */
  at(seconds: number): number;
}

type Burst = Extract<LoadPattern, { kind: 'burst' }>;

/** `factor` in bursts of mean length `meanSeconds`; the quiet rate keeps the mean at 1. */
function burst({ factor, share, meanSeconds }: Burst, random: Random): RelativeRate {
  const quiet = (1 - share * factor) / (1 - share);
  const inBurst = alternating(random, meanSeconds, (meanSeconds * (1 - share)) / share);
  return { max: Math.max(factor, quiet), at: (seconds) => (inBurst(seconds) ? factor : quiet) };
}

/** Rates relative to their own mean, so a recording in requests per second can be pasted; repeats at its end. */
function trace(rates: readonly number[], stepSeconds: number): RelativeRate {
  const mean = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const at = (seconds: number) => rates[Math.floor(seconds / stepSeconds) % rates.length]! / mean;
  return { max: rates.reduce((a, b) => Math.max(a, b)) / mean, at };
}

export function relativeRate(pattern: LoadPattern, random: Random): RelativeRate {
  switch (pattern.kind) {
    case 'steady':
      return { max: 1, at: () => 1 };
    case 'burst':
      return burst(pattern, random);
    case 'diurnal': {
      const { amplitude, periodSeconds } = pattern;
      const at = (seconds: number) => 1 + amplitude * Math.sin((2 * Math.PI * seconds) / periodSeconds);
      return { max: 1 + amplitude, at };
    }
    case 'ramp': {
      const { from, to, seconds: length } = pattern;
      const at = (seconds: number) => from + (to - from) * Math.min(1, seconds / length);
      return { max: Math.max(from, to), at };
    }
    case 'trace':
      return trace(pattern.rates, pattern.stepSeconds);
  }
}
