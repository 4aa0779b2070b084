// When requests arrive: a non-homogeneous Poisson process, by thinning (Lewis and Shedler, Simulation of nonhomogeneous
// Poisson processes by thinning, 1979): candidates at the highest rate, kept with probability rate(t) / highest.
import { relativeRate } from './pattern.js';
import { exponential, type Random } from './random.js';
import type { LoadPattern } from './schema.js';

/**
 * Arrival times in seconds, without end.
 * @param ratePerSecond the rate where the pattern's relative rate is 1
 */
export function* arrivalTimes(
  ratePerSecond: number,
  pattern: LoadPattern,
  random: Random,
): Generator<number, never> {
  const rate = relativeRate(pattern, random.fork('pattern'));
  const candidates = random.fork('candidates');
  const meanGap = 1 / (ratePerSecond * rate.max);
  for (let seconds = 0; ;) {
    seconds += exponential(candidates, meanGap);
    if (candidates.next() * rate.max < rate.at(seconds)) yield seconds;
  }
}
