/**
 * What every policy of plugin/core/policies/registry.ts must do, whatever it balances by.
 *
 * Chance: seeds are fixed, and shares of N choices among n alike endpoints are held to Pearson's statistic at its upper
 * 10^-5 point with n - 1 degrees of freedom. That is exact enough for choices that are independent (random, hash, two
 * choices among equals, the actor) from 5 expected a cell on; policies that take turns are evener than independent
 * choices, so that it bounds them too. Prequal without fresh probes is random; with them it has its own tests.
 */
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { address, chiSquare, chiSquareLimit, cluster, freshCore, tally } from '../unit/core/support.js';
import { decisions, disturb, speakAlike } from './support.js';

const core = freshCore();
const NAMES = [
  ...['actor', 'random', 'round-robin', 'weighted-round-robin', 'source-hash', 'destination-hash'],
  ...['least-request', 'least-request-full', 'least-response-time', 'peak-ewma', 'client-side-wrr', 'c3'],
  ...['prequal', 'ewma-full', 'work-full'],
];

it('the registry has the policies of DESIGN.md, section 5.5, that a proxy can run', () => {
  expect(core.policies).toEqual(NAMES);
  expect(() => core.setPolicy('none')).toThrow('policy "none" is none of actor, random');
});

it('the measure of allocation sees one', () => {
  const top = core.heapTop();
  expect(core.heapTop()).toBe(top);
  core.keepPolicy();
  core.setPolicy('random');
  expect(core.heapTop()).not.toBe(top);
});

describe.each(NAMES)('%s', (name) => {
  beforeEach(() => {
    core.reset();
    core.setPolicy(name);
  });

  it('has no choice in an empty table, nor in one that was emptied', () => {
    expect(decisions(core, 20, 10, 1)).toEqual(new Array(20).fill(-1));
    cluster(core, 5);
    for (let i = 0; i < 5; i++) core.remove(i);
    expect(decisions(core, 20, 10, 2)).toEqual(new Array(20).fill(-1));
  });

  it('chooses the one endpoint that there is', () => {
    cluster(core, 1);
    expect(decisions(core, 50, 10, 1)).toEqual(new Array(50).fill(0));
    speakAlike(core, 1, 20);
    expect(decisions(core, 50, 30, 2)).toEqual(new Array(50).fill(0));
  });

  it('chooses only who is present and eligible, in any table and for any bits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(), (size, seed) => {
        cluster(core, size);
        core.setPolicy(name);
        core.start(0, 1, 0);
        const present = disturb(core, size, seed, 500);
        core.add(address(300), 600);
        present.push(core.find(address(300)));
        for (const now of [610, 1400, 4000, 12_000]) {
          for (const endpoint of decisions(core, 12, now, seed)) {
            expect(present).toContain(endpoint);
            expect(core.get('Present', endpoint)).toBe(1);
          }
          const last = decisions(core, 1, now, seed + now)[0]!;
          expect(core.get('Eligible', last)).toBe(1);
        }
      }),
      { seed: 1, numRuns: 40 },
    );
  });

  it('chooses someone for the most extreme bits', () => {
    cluster(core, 7);
    core.remove(0);
    core.remove(6);
    for (const low of [0, 0xff, 0xffffffff, 0x80000000]) {
      for (const high of [0, 0xffffffff, 0x80000000]) {
        const endpoint = core.decide(10, low, high);
        expect([1, 2, 3, 4, 5]).toContain(endpoint);
      }
    }
  });

  it('is a function of state, request and bits: the same again, with a probability in (0, 1]', () => {
    const run = () => {
      cluster(core, 12);
      core.setPolicy(name);
      disturb(core, 12, 9, 500);
      const chosen: number[] = [];
      for (let k = 0; k < 60; k++) {
        const endpoint = decisions(core, 1, 600 + k * 40, k)[0]!;
        expect(core.probability()).toBeGreaterThan(0);
        expect(core.probability()).toBeLessThanOrEqual(1.000001);
        chosen.push(endpoint);
        core.start(endpoint, 1, 600 + k * 40);
        core.latency(endpoint, 3 + (k % 9), 610 + k * 40);
        core.finish(endpoint, 1);
        core.serverLoad(endpoint, { requests: k % 5, timeMs: 5, rate: 10, cpu: 0.3 }, 610 + k * 40);
      }
      return chosen;
    };
    expect(run()).toEqual(run());
  });

  it('shares nothing with another instance of itself', () => {
    cluster(core, 6);
    const alone = decisions(core, 40, 10, 3);
    cluster(core, 6);
    core.setPolicy(name);
    const first = core.keepPolicy();
    core.setPolicy(name);
    const second = core.keepPolicy();
    core.usePolicy(second);
    decisions(core, 123, 10, 100);
    core.usePolicy(first);
    expect(decisions(core, 40, 10, 3)).toEqual(alone);
  });

  it('shares evenly among endpoints that are alike', () => {
    const n = 8;
    const trials = 8000;
    cluster(core, n);
    speakAlike(core, n, 0);
    // Twenty seconds on a blackout has passed; Prequal goes without probes then, and is random.
    const counts = tally(decisions(core, trials, 20_000, 5), n);
    expect(counts.reduce((a, b) => a + b)).toBe(trials);
    expect(chiSquare(counts)).toBeLessThan(chiSquareLimit(n - 1));
  });

  it('handles 256 endpoints, and reaches many of them', () => {
    cluster(core, 256);
    const chosen = decisions(core, 2000, 10, 6);
    for (const endpoint of chosen) expect(endpoint).toBeGreaterThanOrEqual(0);
    expect(Math.max(...chosen)).toBeLessThan(256);
    // 2000 uniform draws leave 256 e^-7.8 = 0.1 of them out.
    expect(new Set(chosen).size).toBeGreaterThan(250);
  });

  it('allocates nothing in 100,000 decisions', () => {
    cluster(core, 3);
    disturb(core, 3, 4, 10);
    const [top, bytes] = [core.heapTop(), core.memoryBytes()];
    core.decideMany(100_000, 2000);
    core.probeTargets(7);
    expect([core.heapTop(), core.memoryBytes()]).toEqual([top, bytes]);
  });

  it('leaves a removed endpoint at once and takes a new one in', () => {
    cluster(core, 4);
    decisions(core, 50, 10, 1);
    core.remove(2);
    expect(decisions(core, 200, 11, 2)).not.toContain(2);
    const joined = core.add(address(8), 12);
    speakAlike(core, 5, 12);
    const later = decisions(core, 400, 12_000, 3);
    expect(later).toContain(joined);
  });
});
