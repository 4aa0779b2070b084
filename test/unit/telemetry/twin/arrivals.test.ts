import { describe, expect, it } from 'vitest';
import { createRandom, type Random } from '../../../../trainer/environment/random.js';
import { estimateArrivals } from '../../../../trainer/telemetry/twin/estimate-arrivals.js';

function poisson(random: Random, mean: number): number {
  let [count, left] = [0, mean + Math.log(random.next())];
  while (left > 0) {
    left += Math.log(random.next());
    count++;
  }
  return count;
}

describe('arrivals', () => {
  it('are steady where their variance is that of a Poisson process', () => {
    for (let seed = 1; seed <= 8; seed++) {
      const random = createRandom(seed);
      const counts = Array.from({ length: 119 }, () => poisson(random, 80));
      expect(estimateArrivals(counts, 1000).pattern.kind, `seed ${seed}`).toBe('steady');
    }
  });

  it('are bursts of about the true size where they change between two rates', () => {
    const random = createRandom(3);
    let on = false;
    const counts = Array.from({ length: 119 }, () => {
      if (random.next() < (on ? 0.4 : 0.15)) on = !on;
      return poisson(random, on ? 200 : 70);
    });
    const { pattern } = estimateArrivals(counts, 1000);
    expect(pattern).toMatchObject({ kind: 'burst' });
    const { factor, share } = pattern as { factor: number; share: number };
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length;
    expect(Math.abs(Math.log((factor * mean) / 200))).toBeLessThan(0.25);
    expect(share).toBeGreaterThan(0.1);
    expect(share).toBeLessThan(0.5);
  });

  it('are kept as they were where they drift', () => {
    const random = createRandom(4);
    const counts = Array.from({ length: 119 }, (_, w) => poisson(random, 60 + w));
    const { pattern, rate } = estimateArrivals(counts, 1000);
    expect(pattern).toMatchObject({ kind: 'trace', stepSeconds: 1 });
    expect(Math.abs(rate - 119)).toBeLessThan(4);
    const { rates } = pattern as { rates: number[] };
    expect(rates.at(-1) / rates[0]!).toBeGreaterThan(2);
  });
});
