import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../trainer/environment/random.js';

const draw = (seed: number, n: number) => {
  const random = createRandom(seed);
  return Array.from({ length: n }, () => random.next());
};

describe('createRandom', () => {
  it('repeats itself for a seed and differs between seeds', () => {
    expect(draw(7, 50)).toEqual(draw(7, 50));
    expect(draw(7, 50)).not.toEqual(draw(8, 50));
  });

  it('is uniform in [0, 1)', () => {
    const n = 20_000;
    const counts = new Array<number>(10).fill(0);
    for (const u of draw(1, n)) counts[Math.floor(u * 10)]!++;
    // Chi-square with 9 degrees of freedom: 27.9 is its 99.9% quantile.
    const chi = counts.reduce((sum, c) => sum + (c - n / 10) ** 2 / (n / 10), 0);
    expect(chi).toBeLessThan(27.9);
  });

  it('forks streams that do not depend on how much was drawn before', () => {
    const used = createRandom(3);
    used.next();
    expect(used.fork('jobs').next()).toBe(createRandom(3).fork('jobs').next());
    expect(createRandom(3).fork('jobs').next()).not.toBe(createRandom(3).fork('arrivals').next());
  });
});
