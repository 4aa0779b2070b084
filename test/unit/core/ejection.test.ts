import { afterEach, describe, expect, it } from 'vitest';
import { seededRandom } from '../../plugin/support/seeded-random.js';
import { address, binomialSlack, cluster, freshCore } from './support.js';

const core = freshCore();
const fail = (endpoint: number, times: number, now: number): boolean[] =>
  Array.from({ length: times }, () => core.outcome(endpoint, true, now));
const eligible = (endpoints: number): number[] =>
  Array.from({ length: endpoints }, (_, i) => core.get('Eligible', i));
/** Milliseconds until the endpoint may be chosen again. */
function outFor(endpoint: number, now: number): number {
  return core.get('EjectedUntil', endpoint) - now;
}

afterEach(() => core.setEjection());

describe('ejection', () => {
  it('comes with the fifth error in a row and not with the fourth', () => {
    cluster(core, 4);
    expect(fail(1, 5, 100)).toEqual([false, false, false, false, true]);
    expect(core.refresh(101)).toBe(3);
    expect(eligible(4)).toEqual([1, 0, 1, 1]);
    fail(2, 4, 100);
    core.outcome(2, false, 100);
    expect(fail(2, 4, 100)).toEqual([false, false, false, false]);
  });

  it('ends after its time, and not before', () => {
    cluster(core, 4);
    core.setEjection({ slowStartMs: 0 });
    fail(1, 5, 100);
    core.refresh(1099);
    expect(core.get('Eligible', 1)).toBe(0);
    core.refresh(1100);
    expect(core.get('Eligible', 1)).toBe(1);
  });

  it('doubles its time with each ejection that one error in the trial brings, up to the cap', () => {
    cluster(core, 4);
    core.setEjection({ baseMs: 1000, maxMs: 10_000 });
    let now = 0;
    fail(1, 4, now);
    const times: number[] = [];
    for (let k = 0; k < 8; k++) {
      expect(core.outcome(1, true, now)).toBe(true);
      times.push(outFor(1, now));
      now += times[k]! + 1;
    }
    expect(times).toEqual([1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]);
  });

  it('does not overflow after many ejections', () => {
    cluster(core, 4);
    core.set('Ejections', 1, 1000);
    core.eject(1, 0);
    expect(outFor(1, 0)).toBe(60_000);
  });

  it('is a first one again after a full slow start without an error', () => {
    for (const [wait, expected] of [
      [4000, 2000],
      [5001, 1000],
    ] as const) {
      cluster(core, 4);
      fail(1, 5, 0);
      core.outcome(1, false, 1000 + wait);
      fail(1, 5, 1000 + wait);
      expect(outFor(1, 1000 + wait)).toBe(expected);
    }
  });

  it('takes no notice of errors of an endpoint that is out already', () => {
    cluster(core, 4);
    fail(1, 5, 0);
    expect(fail(1, 20, 500)).toEqual(new Array(20).fill(false));
    expect(outFor(1, 0)).toBe(1000);
  });

  it.each([
    [1, 0],
    [2, 1],
    [3, 1],
    [10, 5],
  ])('leaves half of %i endpoints in: at most %i out', (endpoints, most) => {
    cluster(core, endpoints);
    const out = Array.from({ length: endpoints }, (_, i) => core.eject(i, 100)).filter(Boolean);
    expect(out.length).toBe(most);
    expect(core.ejected(101)).toBe(most);
    expect(core.refresh(101)).toBe(endpoints - most);
  });

  it('does not touch a removed endpoint, nor count one', () => {
    cluster(core, 4);
    core.eject(0, 0);
    core.remove(0);
    expect(core.ejected(1)).toBe(0);
    expect(core.eject(0, 1)).toBe(false);
  });
});

describe('panic', () => {
  it('uses all of them when too few are left', () => {
    cluster(core, 10);
    core.setEjection({ maxShare: 1, panicShare: 0.3 });
    for (let i = 0; i < 7; i++) core.eject(i, 0);
    expect(core.refresh(1)).toBe(3);
    core.eject(7, 0);
    expect(core.refresh(1)).toBe(10);
    expect(eligible(10)).toEqual(new Array(10).fill(1));
    // A hole in the table stays one.
    core.remove(4);
    expect(core.refresh(1)).toBe(9);
    expect(core.get('Eligible', 4)).toBe(0);
  });

  it('uses all of them when none is left, even where no panic is wanted', () => {
    cluster(core, 3);
    core.setEjection({ maxShare: 1, panicShare: 0 });
    for (let i = 0; i < 3; i++) core.eject(i, 0);
    expect(core.refresh(1)).toBe(3);
  });

  it('has nothing to choose from in an empty table', () => {
    core.reset();
    expect(core.refresh(1)).toBe(0);
  });
});

describe('slow start', () => {
  it('gives an endpoint that returns a share of the decisions that grows linearly from a tenth', () => {
    cluster(core, 4);
    fail(1, 5, 0);
    const next = seededRandom(5);
    for (const age of [0, 250, 1000, 2500, 4000, 4900, 5000]) {
      const trials = 4000;
      let times = 0;
      for (let k = 0; k < trials; k++) {
        core.refresh(1000 + age, next());
        times += core.get('Eligible', 1);
        if (core.get('Eligible', 0) !== 1) expect.fail('the others are always eligible');
      }
      const share = Math.min(1, Math.max(0.1, age / 5000));
      expect(Math.abs(times - trials * share)).toBeLessThanOrEqual(binomialSlack(trials, share));
    }
  });

  it('does so for who joins a running cluster, and not for a fresh table', () => {
    cluster(core, 4);
    expect(core.refresh(0)).toBe(4);
    core.start(0, 1, 100);
    const joined = core.add(address(9), 200);
    const next = seededRandom(6);
    let times = 0;
    for (let k = 0; k < 1000; k++) {
      core.refresh(200, next());
      times += core.get('Eligible', joined);
    }
    expect(Math.abs(times - 100)).toBeLessThan(binomialSlack(1000, 0.1));
  });

  it('draws for each endpoint apart', () => {
    cluster(core, 12);
    core.start(0, 1, 0);
    for (let i = 20; i < 30; i++) core.add(address(i), 1000);
    const next = seededRandom(8);
    const seen = new Set<number>();
    for (let k = 0; k < 200; k++) {
      core.refresh(3500, next());
      seen.add(eligible(22).reduce((a, b) => a + b) - 12);
    }
    // Ten fair coins, 200 times: all alike would show 0 and 10 alone.
    expect(seen.size).toBeGreaterThan(5);
  });

  it('lets those in slow start serve where only they are left', () => {
    core.reset();
    core.add(address(0), 0);
    core.start(0, 1, 0);
    core.add(address(1), 10);
    core.remove(0);
    for (let bits = 0; bits < 200; bits++) expect(core.refresh(20, bits * 0x9e3779b9)).toBe(1);
  });
});

describe('the ranked list', () => {
  it('begins with the chosen one and goes on with the least loaded eligible ones', () => {
    cluster(core, 6);
    [5, 4, 3, 0, 1, 2].forEach((load, i) => core.set('Requests', i, load));
    core.eject(3, 0);
    core.remove(4);
    core.refresh(1);
    expect(core.rank(0, 1)).toEqual([0, 5, 2]);
    expect(core.rank(5, 1)).toEqual([5, 2, 1]);
  });

  it('is shorter where there are fewer, and spreads ties', () => {
    cluster(core, 2);
    core.refresh(0);
    expect(core.rank(1, 3)).toEqual([1, 0]);
    cluster(core, 1);
    core.refresh(0);
    expect(core.rank(0, 3)).toEqual([0]);
    cluster(core, 8);
    core.refresh(0);
    const second = new Set(Array.from({ length: 200 }, (_, bits) => core.rank(0, bits * 0x9e3779b9)[1]));
    expect(second.size).toBe(7);
  });
});
