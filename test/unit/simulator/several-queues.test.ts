// Policies over a few queues, against closed forms and Markov chains. Without delays and with one worker a policy knows
// every job there is.
import { describe, expect, it } from 'vitest';
import type { SimulatorPolicy } from '../../../trainer/environment/policies.js';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { chiSquare, chiSquareLimit } from '../core/support.js';
import { leastOf, leastOfTwo, meanTime } from './chains.js';
import { expectMean, replicate, textbook } from './support.js';

const MEAN_MS = 10;
const serviceTime = { kind: 'exponential', meanMs: MEAN_MS };
const servers = (speeds: readonly number[], utilisation: number, more: object = {}) =>
  textbook(
    { serviceTime, endpoints: speeds.map((speed) => ({ speed, workers: 1 })), ...more },
    { requests: 24_000, load: { utilisation } },
  );
const means = (scenario: Scenario, policy: SimulatorPolicy) =>
  replicate(scenario, policy).map((result) => result.meanMs);

describe('equal endpoints', () => {
  it('are as many M/M/1 queues under random choice', () => {
    const results = replicate(servers([1, 1, 1, 1], 0.6), 'random');
    expectMean(
      results.map((result) => result.meanMs),
      MEAN_MS / (1 - 0.6),
    );
    const counts = [0, 1, 2, 3].map((i) => results.reduce((sum, r) => sum + r.endpoints[i]!.requests, 0));
    expect(chiSquare(counts)).toBeLessThan(chiSquareLimit(3));
  });

  it.each([0.5, 0.8])('are two queues of every other request in turn: E2/M/1 at load %d', (load) => {
    // sigma = A(mu (1 - sigma)) with the transform A of two exponential gaps; without its root 1 a quadratic is left.
    const r = 2 * load;
    const sigma = (2 * r + 1 - Math.sqrt(4 * r + 1)) / 2;
    const meanMs = MEAN_MS / (1 - sigma);
    const results = replicate(servers([1, 1], load), 'round-robin');
    expectMean(
      results.map((result) => result.meanMs),
      meanMs,
    );
    // The time in a GI/M/1 system is exponential.
    expectMean(
      results.map((result) => result.p99Ms),
      meanMs * Math.log(100),
      0.2,
    );
  });
});

describe('a Markov chain', () => {
  const chain = (
    speeds: readonly number[],
    load: number,
    choose: (jobs: readonly number[]) => readonly number[],
    cap: number,
    slots = 1,
  ) => {
    const completions = speeds.map((speed) => (jobs: number) => (Math.min(jobs, slots) * speed) / MEAN_MS);
    const capacity = speeds.reduce((sum, speed) => sum + (speed * slots) / MEAN_MS, 0);
    return meanTime({ arrivals: load * capacity, completions, choose, cap });
  };

  it('agrees with M/M/1', () => {
    expect(chain([1], 0.7, () => [1], 100)).toBeCloseTo(MEAN_MS / 0.3, 6);
  });

  it('is joining the shorter of two queues', () => {
    expectMean(means(servers([1, 1], 0.8), 'jsq-oracle'), chain([1, 1], 0.8, leastOf, 50));
    // With all jobs in sight a full scan of requests in flight is the same.
    expectMean(means(servers([1, 1], 0.8), 'least-request-full'), chain([1, 1], 0.8, leastOf, 50));
  });

  it('is joining the shorter of two queues with two slots each, by jobs a slot', () => {
    const scenario = textbook(
      { serviceTime, endpoints: [{ workers: 2, count: 2 }] },
      { requests: 24_000, load: { utilisation: 0.8 } },
    );
    expectMean(means(scenario, 'jsq-oracle'), chain([1, 1], 0.8, leastOf, 50, 2));
  });

  it('is the shortest expected delay of two unequal servers', () => {
    const delays = (jobs: readonly number[]) => leastOf([jobs[0]! + 1, (jobs[1]! + 1) / 0.5]);
    expectMean(means(servers([1, 0.5], 0.75), 'sed-oracle'), chain([1, 0.5], 0.75, delays, 50));
  });

  it('is the power of two choices among three servers, equal or not', () => {
    expectMean(means(servers([1, 1, 1], 0.75), 'least-request'), chain([1, 1, 1], 0.75, leastOfTwo, 20));
    expectMean(means(servers([1, 1, 0.5], 0.6), 'least-request'), chain([1, 1, 0.5], 0.6, leastOfTwo, 24));
  });
});

describe('a queue with a limit', () => {
  it.each([
    [1, 0, 0.7],
    [4, 0, 0.9],
    [1, 3, 1.4],
    [3, 5, 0.9],
  ])('turns away what M/M/c/K does: %d workers, %d places, load %d', (workers, queueLimit, load) => {
    const scenario = textbook(
      { serviceTime, endpoints: [{ workers }], queueLimit },
      { requests: 20_000, load: { utilisation: load } },
    );
    const room = workers + queueLimit;
    const weights = [1];
    for (let n = 1; n <= room; n++) weights.push((weights[n - 1]! * load * workers) / Math.min(n, workers));
    const sum = weights.reduce((a, b) => a + b);
    const blocked = weights[room]! / sum;
    const jobs = weights.reduce((total, weight, n) => total + n * weight, 0) / sum;
    const results = replicate(scenario, 'random');
    expectMean(
      results.map(({ errorKinds, requests }) => errorKinds.overflow / requests),
      blocked,
    );
    // Those that were let in, by Little's law.
    expectMean(
      results.map((result) => result.meanMs),
      (jobs * MEAN_MS) / (load * workers * (1 - blocked)),
    );
    expect(results.every(({ errors, errorKinds }) => errors === errorKinds.overflow)).toBe(true);
    // Whom a full queue turned away does not try again.
    expect(results.every(({ endpoints }) => endpoints[0]!.requests === 22_000)).toBe(true);
  });
});
