import { describe, expect, it } from 'vitest';
import { cdf, mergeHistograms, mergeWindows } from '../../../trainer/evaluation/merge.js';
import { histogram } from './fakes.js';

describe('mergeHistograms', () => {
  it('adds up counts and leaves its inputs alone', () => {
    const first = histogram(1, 2, 3);
    expect([...mergeHistograms([first, histogram(10, 0, 5)]).counts]).toEqual([11, 2, 8]);
    expect([...first.counts]).toEqual([1, 2, 3]);
  });

  it('refuses bins of another size', () => {
    expect(() => mergeHistograms([histogram(1), { ...histogram(1), growth: 3 }])).toThrow('different bins');
    expect(() => mergeHistograms([histogram(1), histogram(1, 2)])).toThrow('different bins');
  });
});

describe('cdf', () => {
  it('rises to 1 at the upper bounds of the bins', () => {
    expect(cdf(histogram(0, 1, 0, 3))).toEqual([
      { ms: 2, share: 0.25 },
      { ms: 8, share: 1 },
    ]);
  });

  it('is empty where nothing was answered', () => {
    expect(cdf(histogram(0, 0, 0))).toEqual([]);
  });

  it('needs few points for thousands of bins, and keeps the tail', () => {
    const counts = Array.from({ length: 4096 }, () => 7);
    const points = cdf({ leastMs: 0.001, growth: 1.005, counts: Uint32Array.from(counts) });
    expect(points.length).toBeLessThan(60);
    expect(points.at(-1)).toEqual({ ms: 0.001 * 1.005 ** 4095, share: 1 });
    const shares = points.map(({ share }) => share);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.filter((share) => share > 0.985 && share < 1).length).toBeGreaterThanOrEqual(3);
  });
});

describe('mergeWindows', () => {
  const windows = (...p99s: number[]) =>
    p99s.map((p99Ms, i) => ({
      fromSeconds: i,
      toSeconds: i + 1,
      requests: 100,
      errors: 0,
      p50Ms: 1,
      p99Ms,
    }));

  it('puts the windows of several seeds into the same spans', () => {
    expect(mergeWindows([windows(1, 100), windows(4, 400)])).toEqual([
      { atSeconds: 0.5, p99Ms: expect.closeTo(2, 9) },
      { atSeconds: 1.5, p99Ms: expect.closeTo(200, 9) },
    ]);
  });

  it('leaves out what was not answered, and spans of too few requests', () => {
    const [first, second] = windows(5, 7) as [ReturnType<typeof windows>[0], ReturnType<typeof windows>[0]];
    expect(mergeWindows([[first, { ...second, requests: 3, p99Ms: NaN }]])).toHaveLength(1);
    const drained = { ...second, requests: 3 };
    expect(mergeWindows([[first, first, drained]]).map(({ p99Ms }) => p99Ms)).toEqual([expect.closeTo(5, 9)]);
    expect(mergeWindows([[]])).toEqual([]);
  });
});
