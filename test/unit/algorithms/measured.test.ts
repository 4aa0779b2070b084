// What settled decisions have cost, and their order.
import { describe, expect, it } from 'vitest';
import { DEFAULT_REWARD } from '../../../trainer/learning/reward.js';
import { MeshStatistics } from '../../../trainer/learning/mesh-statistics.js';
import { transitionsOf } from '../../../trainer/learning/measured.js';
import type { Experience } from '../../../trainer/learning/experience.js';
import { settledStretch } from './support.js';

const seen = settledStretch();
const { count } = seen.decisions;
const fresh = (others: Partial<Experience> = {}): Experience => ({
  ...seen,
  statistics: new MeshStatistics(),
  ...others,
});
const all = (value: number) => new Float32Array(count).fill(value);
/** Nothing but latency, delay and failure. */
const plain = { ...DEFAULT_REWARD, cpu: 0, memory: 0, moves: 0 };

describe('the measured cost', () => {
  it('is the logarithm of the latency and the delay to others, weighed', () => {
    const [transitions] = transitionsOf(fresh({ latency: all(30), delayed: all(10) }), plain);
    expect(transitions).toHaveLength(count);
    // log(30 + 1 x 10)
    for (const { measured } of transitions!) expect(measured).toBeCloseTo(Math.log(40), 5);
  });

  it('counts a failure as so many mean latencies', () => {
    const failed = { latency: all(2), delayed: all(0), failed: all(1) };
    const [transitions] = transitionsOf(fresh(failed), plain);
    // log(2 + 5 x 2)
    for (const { measured } of transitions!) expect(measured).toBeCloseTo(Math.log(12), 5);
  });

  it('is no longer than the client waits', () => {
    const [transitions] = transitionsOf(fresh({ latency: all(1e9), delayed: all(0) }), plain);
    expect(transitions![0]!.measured).toBeCloseTo(Math.log(seen.scenario.timeoutMs), 5);
  });

  it('counts against the mean of its service', () => {
    // Half at log 10, half at log 1000: their mean is log 100, so that each is log 10 from it. The means of the first samples
    // are exact, since they weigh the same.
    const latency = Float32Array.from({ length: count - (count % 2) }, (_, d) => (d % 2 === 0 ? 10 : 1000));
    const unknown = Float32Array.from({ length: count }, (_, d) => latency[d] ?? NaN);
    const [transitions] = transitionsOf(fresh({ latency: unknown, delayed: all(0) }), plain);
    for (const { index, cost } of transitions!)
      expect(cost).toBeCloseTo(index % 2 === 0 ? -Math.log(10) : Math.log(10), 4);
  });

  it('of a busy, seldom chosen endpoint is higher by the terms of evenness', () => {
    const of = (reward: typeof plain) => transitionsOf(fresh(), reward)[0]!.map(({ measured }) => measured);
    const without = of(plain);
    const moved = of({ ...plain, moves: 1 }).map((cost, i) => cost - without[i]!);
    for (const more of moved) {
      expect(more).toBeGreaterThanOrEqual(-1e-6);
      expect(more).toBeLessThanOrEqual(1);
    }
    // Utilisation above that of the three on average: what all choices of all rows have of it adds up to nothing only by
    // chance, but each is a difference of utilisations.
    const busy = of({ ...plain, cpu: 1 }).map((cost, i) => cost - without[i]!);
    expect(busy.every((more) => Math.abs(more) < 1)).toBe(true);
    expect(busy.some((more) => Math.abs(more) > 0.01)).toBe(true);
  });
});

describe('the transitions of a stretch', () => {
  it('follow one another in time', () => {
    const [transitions] = transitionsOf(fresh(), plain);
    expect(transitions!.map(({ index }) => index)).toEqual(Array.from({ length: count }, (_, d) => d));
    for (const [t, { next }] of transitions!.entries()) expect(next).toBe(transitions![t + 1]);
  });

  it('pass over what has no outcome', () => {
    const latency = all(10);
    latency[2] = NaN;
    const [transitions] = transitionsOf(fresh({ latency, delayed: all(0) }), plain);
    expect(transitions).toHaveLength(count - 1);
    expect(transitions![1]!.next!.index).toBe(3);
  });

  it('are apart by service', () => {
    const service = Int32Array.from({ length: count }, (_, d) => d % 2);
    const lists = transitionsOf(fresh({ decisions: { ...seen.decisions, service } }), plain);
    expect(lists).toHaveLength(2);
    for (const [s, list] of lists.entries()) for (const { index } of list) expect(index % 2).toBe(s);
    expect(lists[0]!.filter(({ next }) => !next)).toHaveLength(1);
  });
});
