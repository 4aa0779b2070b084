// Prequal against its paper (Wydrowski et al., "Load is not what you should balance: Introducing Prequal", NSDI 2024,
// section 4): the pool, the hot-cold lexicographic rule, reuse, removal, age.
import { beforeEach, describe, expect, it } from 'vitest';
import { chiSquare, chiSquareLimit, cluster, freshCore, tally } from '../unit/core/support.js';
import { decisions } from './support.js';

const core = freshCore();
/** [endpoint, requests in flight, latency in ms, when]: the answer to a probe. */
type Probe = readonly [endpoint: number, requests: number, latency: number, at?: number];

function start(endpoints: number, ...probes: readonly Probe[]): void {
  cluster(core, endpoints);
  core.setPolicy('prequal');
  answer(...probes);
}
function answer(...probes: readonly Probe[]): void {
  for (const [endpoint, requests, timeMs, at = 0] of probes)
    core.serverLoad(endpoint, { requests, timeMs }, at);
}
/** Probes of the past, out of the pool by now + 2000: they make `requests` the threshold between hot and cold. */
function past(requests: number): void {
  for (let k = 0; k < 64; k++) core.serverLoad(k % 6, { requests, timeMs: 5 }, 0);
}
/** A choice whose high word leaves fractions of the reuse budget to the next use. */
const choose = (now = 1): number => core.decide(now, 0x12345678, 0);

/**
 * Endpoints below 6 whose probes are still in the pool after `requests` choices, all of which took `best`: the same again
 * for each, then the probes of all others dropped with their endpoints, and two far slower ones in their place.
 */
function survivors(pool: readonly Probe[], pastRequests: number, requests: number, best: number): number[] {
  const has = (endpoint: number): boolean => {
    start(8);
    past(pastRequests);
    answer(...pool);
    for (let k = 0; k < requests; k++) expect(choose(2061)).toBe(best);
    for (let i = 0; i < 6; i++) if (i !== endpoint) core.remove(i);
    answer([6, 1000, 1e6, 2061], [7, 1001, 1e6, 2061]);
    return choose(2062) === endpoint;
  };
  return [0, 1, 2, 3, 4, 5].filter(has);
}

beforeEach(() => core.reset());

describe('the choice', () => {
  it('is random with fewer than two probes', () => {
    start(8, [3, 0, 1]);
    const counts = tally(decisions(core, 8000, 1, 1), 8);
    expect(chiSquare(counts)).toBeLessThan(chiSquareLimit(7));
  });

  it('is the cold probe with the lowest latency, though another has fewer requests', () => {
    // Requests 1, 2, 3, 4, 9: the quantile 0.84 of five is the fifth's rank 4, so that 9 is not above it.
    start(6, [0, 1, 30], [1, 2, 20], [2, 3, 5], [3, 4, 10], [4, 9, 40]);
    expect(choose()).toBe(2);
  });

  it('leaves a hot probe out, however low its latency', () => {
    // Ten probes: rank 8 of 1..8, 20, 30 is 20, so that only 30 is hot.
    const probes: Probe[] = [1, 2, 3, 4, 5, 6, 7, 8, 20, 30].map((requests, i) => [i, requests, 50 - i]);
    start(10, ...probes);
    // The hot one would win by latency (41); of the cold ones endpoint 8 has the lowest, 42.
    expect(choose()).toBe(8);
  });

  it('is the one with the fewest requests where all are hot', () => {
    start(6);
    past(0);
    answer([0, 7, 1, 2000], [1, 3, 90, 2000], [2, 5, 2, 2000]);
    expect(choose(2001)).toBe(1);
  });

  it('believes the last probe of an endpoint alone', () => {
    start(6, [0, 1, 5], [1, 2, 20], [0, 3, 30]);
    expect(choose()).toBe(1);
  });

  it('counts the request that it sends: the same probe loses its lead', () => {
    start(6);
    past(0);
    // All hot; the removals take the oldest, then the worst: give them something to take.
    answer([5, 50, 1, 1999], [4, 60, 1, 1999], [0, 3, 10, 2000], [1, 4.5, 10, 2000], [2, 9, 10, 2000]);
    expect([choose(2001), choose(2001), choose(2001)]).toEqual([0, 0, 1]);
  });

  it('is among the eligible: probes of who is ejected or gone are dropped', () => {
    start(6, [0, 1, 5], [1, 1, 6], [2, 1, 7], [3, 1, 8]);
    core.eject(0, 1);
    core.remove(1);
    expect(choose(2)).toBe(2);
  });
});

describe('the pool', () => {
  it('holds sixteen probes: a seventeenth pushes out the oldest', () => {
    start(20);
    answer([0, 1, 1, 0]);
    for (let i = 1; i <= 15; i++) answer([i, 1, 10 + i, i]);
    expect(choose(20)).toBe(0);
    start(20);
    answer([0, 1, 1, 0]);
    for (let i = 1; i <= 16; i++) answer([i, 1, 10 + i, i]);
    expect(choose(20)).toBe(1);
  });

  it('drops a probe after a second', () => {
    start(4, [0, 1, 1, 0], [1, 1, 5, 500], [2, 1, 6, 500]);
    expect(choose(1000)).toBe(0);
    start(4, [0, 1, 1, 0], [1, 1, 5, 500], [2, 1, 6, 500]);
    expect(choose(1001)).toBe(1);
  });

  it('loses the oldest and the worst in turn, one a request', () => {
    // Few endpoints: probes are used without limit (the budget is infinite up to n = 24). All are cold.
    const pool: Probe[] = [
      [0, 1, 40, 2010],
      [1, 1, 30, 2020],
      [2, 1, 20, 2030],
      [3, 1, 50, 2040],
      [4, 1, 10, 2050],
      [5, 1, 60, 2060],
    ];
    // The oldest (0), the worst (5), the oldest left (1), the worst left (3).
    const left = [1, 2, 3, 4].map((requests) => survivors(pool, 50, requests, 4));
    expect(left).toEqual([
      [1, 2, 3, 4, 5],
      [1, 2, 3, 4],
      [2, 3, 4],
      [2, 4],
    ]);
  });

  it('loses as the worst the hot one with the most requests before any cold one', () => {
    const pool: Probe[] = [
      [4, 1, 99, 1995],
      [0, 1, 500, 2000],
      [1, 90, 1, 2001],
      [2, 50, 1, 2002],
      [3, 1, 10, 2003],
    ];
    // The oldest (4), then the hot one with the most requests (1) and not the slow cold one (0).
    expect(survivors(pool, 10, 2, 3)).toEqual([0, 2, 3]);
  });
});

describe('the probes', () => {
  it('are three different eligible endpoints', () => {
    start(10);
    core.eject(4, 0);
    core.remove(7);
    core.refresh(1);
    const counts = new Array<number>(10).fill(0);
    for (let k = 0; k < 4000; k++) {
      const targets = core.probeTargets(core.mix(k, 5));
      expect(new Set(targets).size).toBe(3);
      for (const target of targets) counts[target]! += 1;
    }
    expect([counts[4], counts[7]]).toEqual([0, 0]);
    const drawn = counts.filter((_, i) => i !== 4 && i !== 7);
    // Without repetition within a draw the counts vary less than independent ones.
    expect(chiSquare(drawn)).toBeLessThan(chiSquareLimit(7));
  });

  it('are as many as there are endpoints where those are fewer', () => {
    start(2);
    core.refresh(0);
    expect(core.probeTargets(3).sort()).toEqual([0, 1]);
    start(0);
    expect(core.probeTargets(3)).toEqual([]);
  });

  it('are sent by no other policy', () => {
    for (const policy of core.policies.filter((name) => name !== 'prequal')) {
      core.setPolicy(policy);
      cluster(core, 4);
      core.refresh(0);
      expect(core.probeTargets(3)).toEqual([]);
    }
  });
});

describe('the reuse budget', () => {
  it('is max(1, (1 + delta) / ((1 - m/n) r_probe - r_remove)), without limit where nothing is left', () => {
    for (const n of [1, 8, 16, 24]) expect(core.reuseBudget(n)).toBe(Infinity);
    for (const n of [25, 32, 48, 100, 200]) {
      expect(core.reuseBudget(n)).toBeCloseTo(Math.max(1, 2 / ((1 - 16 / n) * 3 - 1)), 3);
    }
    expect(core.reuseBudget(32)).toBeCloseTo(4, 5);
  });

  it('is kept on average where it is a fraction', () => {
    // 100 endpoints: 2 / 1.52 = 1.316 uses.
    const budget = core.reuseBudget(100);
    let uses = 0;
    const trials = 4000;
    for (let k = 0; k < trials; k++) {
      // The best probe by far, beside many that removal may take; all are cold.
      start(100);
      past(50);
      answer([0, 0, 0.001, 2005]);
      for (let i = 1; i < 10; i++) answer([i, 0, 10 + i, i < 5 ? 2000 : 2005]);
      for (let use = 0; use < 3; use++) {
        if (core.decide(2006, 0, core.mix(k, use)) !== 0) break;
        uses++;
      }
    }
    // A use more with the probability of the fraction: variance p (1 - p).
    const fraction = budget - 1;
    expect(Math.abs(uses / trials - budget)).toBeLessThan(
      5 * Math.sqrt((fraction * (1 - fraction)) / trials),
    );
  });
});
