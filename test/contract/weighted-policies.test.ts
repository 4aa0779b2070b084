// Round robin with and without weights: static ones and those that servers report (gRPC A58).
import { describe, expect, it } from 'vitest';
import { cluster, freshCore, tally } from '../unit/core/support.js';
import { decisions } from './support.js';

const core = freshCore();

describe('round-robin', () => {
  it('takes each in turn, holes and ejected ones left out', () => {
    cluster(core, 6);
    core.setPolicy('round-robin');
    core.remove(2);
    core.eject(4, 0);
    const chosen = decisions(core, 12, 10, 1);
    expect(new Set(chosen.slice(0, 4))).toEqual(new Set([0, 1, 3, 5]));
    expect(chosen.slice(4, 8)).toEqual(chosen.slice(0, 4));
    expect(chosen.slice(8)).toEqual(chosen.slice(0, 4));
  });

  it('starts anywhere, so that many proxies do not march in step', () => {
    const firsts = Array.from({ length: 60 }, (_, seed) => {
      cluster(core, 6);
      core.setPolicy('round-robin');
      return decisions(core, 1, 0, seed)[0];
    });
    expect(new Set(firsts).size).toBe(6);
  });
});

describe('weighted-round-robin', () => {
  it('has exact shares: each endpoint within two requests of its part, at any moment', () => {
    cluster(core, 4);
    core.setPolicy('weighted-round-robin');
    const weights = [5, 1, 1, 3];
    weights.forEach((weight, i) => core.set('Capacity', i, weight));
    const chosen = decisions(core, 1000, 0, 3);
    for (const length of [10, 37, 100, 999, 1000]) {
      const counts = tally(chosen.slice(0, length), 4);
      // A credit stays within one request of its start, which lies between nothing and the own share.
      weights.forEach((weight, i) => expect(Math.abs(counts[i]! - (length * weight) / 10)).toBeLessThan(2));
    }
  });

  it('does not give an endpoint its share in one run', () => {
    cluster(core, 3);
    core.setPolicy('weighted-round-robin');
    [4, 1, 1].forEach((weight, i) => core.set('Capacity', i, weight));
    const text = decisions(core, 600, 0, 4).join('');
    expect(text).not.toContain('00000');
  });

  it('goes on evenly when the weights change their scale', () => {
    cluster(core, 3);
    core.setPolicy('weighted-round-robin');
    [5000, 1000, 1000].forEach((weight, i) => core.set('Capacity', i, weight));
    decisions(core, 100, 0, 5);
    for (let i = 0; i < 3; i++) core.set('Capacity', i, 1);
    for (const count of tally(decisions(core, 30, 0, 6), 3)) expect(Math.abs(count - 10)).toBeLessThan(2);
  });

  it('takes who has no weight only where there is no other', () => {
    cluster(core, 2);
    core.setPolicy('weighted-round-robin');
    core.set('Capacity', 0, 0);
    expect(new Set(decisions(core, 100, 0, 1))).toEqual(new Set([1]));
    core.remove(1);
    expect(decisions(core, 3, 0, 1)).toEqual([0, 0, 0]);
  });
});

describe('client-side-wrr', () => {
  const SECOND = 1000;
  /** Reports once a second from 0 up to `until`. */
  function report(until: number, said: readonly { rate?: number; cpu?: number }[], from = 0): void {
    for (let now = from; now <= until; now += SECOND) {
      said.forEach((load, i) => core.serverLoad(i, load, now));
      decisions(core, 1, now, now);
    }
  }
  const shares = (now: number, endpoints: number, count = 600) =>
    tally(decisions(core, count, now, 5), endpoints).map((n) => n / count);
  const start = (endpoints: number) => {
    cluster(core, endpoints);
    core.setPolicy('client-side-wrr');
  };
  /** Queries a second by utilisation: 100, 200 and 100. */
  const loads = [
    { rate: 50, cpu: 0.5 },
    { rate: 50, cpu: 0.25 },
    { rate: 90, cpu: 0.9 },
  ];

  it('weighs by queries a second over utilisation, from ORCA alone', () => {
    start(3);
    report(12 * SECOND, loads);
    [0.25, 0.5, 0.25].forEach((share, i) => expect(shares(12 * SECOND, 3)[i]).toBeCloseTo(share, 1));
  });

  it('waits for a second before it believes an endpoint that reports', () => {
    start(3);
    report(SECOND, loads, SECOND);
    for (const share of shares(1.9 * SECOND, 3)) expect(share).toBeCloseTo(1 / 3, 2);
    report(3 * SECOND, loads, 2 * SECOND);
    expect(shares(3 * SECOND, 3)[1]).toBeCloseTo(0.5, 1);
  });

  it('forgets a report after three minutes, and is round robin then', () => {
    start(3);
    report(12 * SECOND, loads);
    expect(shares(191 * SECOND, 3)[1]).toBeCloseTo(0.5, 1);
    for (const share of shares(194 * SECOND, 3)) expect(share).toBeCloseTo(1 / 3, 2);
    // What comes back after that is on a blackout again.
    report(195 * SECOND, loads, 195 * SECOND);
    for (const share of shares(195.9 * SECOND, 3)) expect(share).toBeCloseTo(1 / 3, 2);
    report(197 * SECOND, loads, 196 * SECOND);
    expect(shares(197 * SECOND, 3)[1]).toBeCloseTo(0.5, 1);
  });

  it('is round robin while fewer than two report', () => {
    start(3);
    report(12 * SECOND, [{ rate: 100, cpu: 0.1 }]);
    for (const share of shares(12 * SECOND, 3)) expect(share).toBeCloseTo(1 / 3, 2);
  });

  it('gives the mean weight to who does not report, or has no utilisation', () => {
    start(4);
    report(12 * SECOND, [...loads.slice(0, 2), { rate: 10, cpu: 0 }]);
    // 100, 200, and twice their mean 150.
    [100, 200, 150, 150].forEach((weight, i) =>
      expect(shares(12 * SECOND, 4)[i]).toBeCloseTo(weight / 600, 1),
    );
  });

  it('takes new weights once a second', () => {
    start(2);
    report(12 * SECOND, [
      { rate: 10, cpu: 0.1 },
      { rate: 10, cpu: 0.1 },
    ]);
    core.serverLoad(0, { rate: 30, cpu: 0.1 }, 12 * SECOND + 10);
    expect(shares(12.5 * SECOND, 2)[0]).toBeCloseTo(0.5, 2);
    expect(shares(13.1 * SECOND, 2)[0]).toBeCloseTo(0.75, 2);
  });
});
