import { describe, expect, it } from 'vitest';
import { geometricInterval, geometricMean, meanInterval } from '../../../trainer/evaluation/interval.js';

describe('meanInterval', () => {
  it('is the t interval of a sample worked by hand', () => {
    // Mean 5, squares 4 + 1 + 0 + 1 + 4 = 10, variance 10 / 4, standard error sqrt(2.5 / 5), t(0.975, 4) = 2.7764.
    const { n, value, interval } = meanInterval([3, 4, 5, 6, 7]);
    expect([n, value]).toEqual([5, 5]);
    expect(interval![0]).toBeCloseTo(5 - 2.7764 * Math.sqrt(0.5), 3);
    expect(interval![1]).toBeCloseTo(5 + 2.7764 * Math.sqrt(0.5), 3);
  });

  it.each([
    [2, 12.706],
    [3, 4.3027],
    [10, 2.2622],
    [30, 2.0452],
    [101, 1.984],
  ])('takes the t quantile of the tables for %i samples', (n, t) => {
    // Half above and half below zero by d: the standard error is d * sqrt(n / (n - 1) / n), odd ones have one zero.
    const samples = Array.from({ length: n }, (_, i) =>
      n % 2 === 1 && i === n - 1 ? 0 : i % 2 === 0 ? 1 : -1,
    );
    const squares = n % 2 === 1 ? n - 1 : n;
    expect(meanInterval(samples).interval![1]).toBeCloseTo(t * Math.sqrt(squares / (n - 1) / n), 3);
  });

  it('has no interval of a single sample', () => {
    expect(meanInterval([4])).toEqual({ n: 1, value: 4 });
  });

  it('has a point for an interval where all samples are the same', () => {
    expect(meanInterval([2, 2, 2])).toEqual({ n: 3, value: 2, interval: [2, 2] });
  });

  it('is not a number where one sample is none', () => {
    expect(meanInterval([1, NaN, 3])).toEqual({ n: 3, value: NaN });
  });
});

describe('geometricInterval', () => {
  it('is even on the scale of the logarithm', () => {
    const { value, interval } = geometricInterval([0.5, 1, 2]);
    expect(value).toBeCloseTo(1, 12);
    // Logarithms -ln 2, 0, ln 2: standard error ln 2 / sqrt(3).
    expect(interval![1]).toBeCloseTo(Math.exp((4.30265 * Math.LN2) / Math.sqrt(3)), 3);
    expect(interval![0] * interval![1]).toBeCloseTo(1, 9);
  });

  it('has a mean that no order of magnitude dominates', () => {
    expect(geometricMean([1, 10, 100])).toBeCloseTo(10, 9);
    expect(geometricMean([5])).toBeCloseTo(5, 12);
  });
});
