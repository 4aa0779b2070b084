import { describe, expect, it } from 'vitest';
import { arrivalTimes } from '../../../trainer/environment/arrivals.js';
import { createRandom } from '../../../trainer/environment/random.js';
import type { LoadPattern } from '../../../trainer/environment/scenario.js';

function countUntil(rate: number, pattern: LoadPattern, from: number, to: number, seed = 11): number {
  let count = 0;
  for (const seconds of arrivalTimes(rate, pattern, createRandom(seed))) {
    if (seconds >= to) return count;
    if (seconds >= from) count++;
  }
  return count;
}

/** Four standard deviations of a Poisson count. */
const poisson = (mean: number) => 4 * Math.sqrt(mean);

describe('arrivalTimes', () => {
  it('increases and repeats for a seed', () => {
    const take = () => {
      const times = arrivalTimes(50, { kind: 'steady' }, createRandom(2));
      return Array.from({ length: 100 }, () => times.next().value);
    };
    expect(take()).toEqual(take());
    expect(take()).toEqual([...take()].sort((a, b) => a - b));
  });

  it('keeps the rate of a steady load', () => {
    expect(Math.abs(countUntil(100, { kind: 'steady' }, 0, 200) - 20_000)).toBeLessThan(poisson(20_000));
  });

  it('keeps the long-run mean of bursts', () => {
    const pattern = { kind: 'burst', factor: 2, share: 0.25, meanSeconds: 0.5 } as const;
    const [rate, seconds, quiet, off] = [100, 400, 2 / 3, 1.5];
    // Integral of a two-state process: variance 2 T p (1 - p) (high - low)^2 / (1 / on + 1 / off).
    const modulation = (2 * seconds * 0.25 * 0.75 * (2 - quiet) ** 2) / (1 / 0.5 + 1 / off);
    const deviation = Math.sqrt(rate * seconds + rate ** 2 * modulation);
    expect(Math.abs(countUntil(rate, pattern, 0, seconds) - rate * seconds)).toBeLessThan(4 * deviation);
  });

  it('is busier in bursts than between them', () => {
    const pattern = { kind: 'burst', factor: 3, share: 0.3, meanSeconds: 2 } as const;
    const perSecond = Array.from({ length: 60 }, (_, s) => countUntil(200, pattern, s, s + 1));
    const mean = perSecond.reduce((a, b) => a + b) / perSecond.length;
    const variance = perSecond.reduce((sum, c) => sum + (c - mean) ** 2, 0) / perSecond.length;
    expect(variance).toBeGreaterThan(5 * mean);
  });

  it('follows the sine of a diurnal load and keeps its mean over a period', () => {
    const pattern = { kind: 'diurnal', amplitude: 0.8, periodSeconds: 100 } as const;
    expect(Math.abs(countUntil(100, pattern, 0, 200) - 20_000)).toBeLessThan(poisson(20_000));
    // The mean of 1 + 0.8 sin over the first half period is 1 + 1.6 / pi.
    const half = 100 * 50 * (1 + 1.6 / Math.PI);
    expect(Math.abs(countUntil(100, pattern, 0, 50) - half)).toBeLessThan(poisson(half));
  });

  it('ramps up and stays', () => {
    const pattern = { kind: 'ramp', from: 0, to: 2, seconds: 50 } as const;
    expect(Math.abs(countUntil(100, pattern, 0, 50) - 5_000)).toBeLessThan(poisson(5_000));
    expect(Math.abs(countUntil(100, pattern, 50, 100) - 10_000)).toBeLessThan(poisson(10_000));
  });

  it('repeats a trace relative to its mean', () => {
    const pattern = { kind: 'trace', rates: [300, 0, 600], stepSeconds: 10 } as const;
    const mutable = { ...pattern, rates: [...pattern.rates] };
    for (const start of [0, 30]) {
      expect(Math.abs(countUntil(100, mutable, start, start + 10) - 1_000)).toBeLessThan(poisson(1_000));
      expect(countUntil(100, mutable, start + 10, start + 20)).toBe(0);
      expect(Math.abs(countUntil(100, mutable, start + 20, start + 30) - 2_000)).toBeLessThan(poisson(2_000));
    }
  });
});
