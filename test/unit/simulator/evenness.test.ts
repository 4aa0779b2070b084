// How even the load is and how much of it moves: figures whose values follow from the traffic where nothing waits.
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import type { SimulationResult } from '../../../trainer/environment/simulation-result.js';
import { interval, mean, replicate, run, textbook } from './support.js';

const WORKERS = 2000;
const MEAN_MS = 100;
/** Requests a second over endpoints of slots without end. */
const mesh = (speeds: number[], rate: number, rest: object = {}): Scenario => {
  const endpoints = speeds.map((speed) => ({ speed, workers: WORKERS }));
  const capacity = (speeds.reduce((a, b) => a + b) * WORKERS * 1000) / MEAN_MS;
  const serviceTime = { kind: 'deterministic', meanMs: MEAN_MS };
  return textbook({ endpoints, serviceTime }, { load: { utilisation: rate / capacity }, warmup: 0, ...rest });
};
/** Averages begin at the state of rest: the mean of 1 - e^(-t / 1 s) over samples of a quarter of a second. */
const settled = (seconds: number) =>
  mean(Array.from({ length: Math.floor(seconds * 4) }, (_, i) => 1 - Math.exp(-(i + 1) / 4)));
const expectNear = (values: number[], expected: number, relative: number) => {
  const { average, half } = interval(values);
  expect(half / expected).toBeLessThan(0.15);
  expect(Math.abs(average - expected)).toBeLessThan(half + relative * expected);
};

describe('the spread of utilisation', () => {
  const RATE = 2000;
  // In turn: both have as many, and the slow one holds each four times as long.
  const scenario = mesh([1, 0.25], RATE, { requests: 40_000 });
  const results = replicate(scenario, 'round-robin');
  const seconds = 40_000 / RATE;
  const busy = [1, 0.25].map((speed) => ((RATE / 2) * (MEAN_MS / 1000)) / speed / WORKERS);

  it('of cpu is the standard deviation of the busy shares', () => {
    const expected = ((busy[1]! - busy[0]!) / 2) * settled(seconds);
    // Slots fill over the first 0.4 s, a fiftieth of the run.
    expectNear(
      results.map((result) => result.cpuSpread),
      expected,
      0.02,
    );
  });

  it('of memory follows from the requests in the house', () => {
    const [fast, slow] = busy.map((share) => 0.25 + 0.6 * (1 - Math.exp(-share / 8)));
    expectNear(
      results.map((result) => result.memorySpread),
      ((slow! - fast!) / 2) * settled(seconds),
      0.02,
    );
  });

  it('is nothing where there is one endpoint, or nothing to tell them apart', () => {
    expect(run(mesh([1], RATE)).cpuSpread).toBe(0);
    const even = run(mesh([1, 1], RATE), 'round-robin');
    expect(even.cpuSpread).toBeLessThan(0.001);
  });

  it('is of the busy shares that the endpoints have over the run', () => {
    const { endpoints, seconds } = results[0]!;
    expect(endpoints.map(({ share }) => share)).toEqual([0.5, 0.5]);
    // Each serves 20 000 jobs of its own length; the last ones end after the last request came.
    expect(endpoints[1]!.cpu / endpoints[0]!.cpu).toBeCloseTo(4, 6);
    expect(Math.abs(endpoints[1]!.cpu / ((20_000 * 0.4) / WORKERS / seconds) - 1)).toBeLessThan(0.001);
  });
});

describe('the share of the traffic that moves', () => {
  const moves = (result: SimulationResult) => result.moves;

  it('is what sampling makes of equal shares', () => {
    // The difference of two binomial shares of n each has the standard deviation sqrt(1 / (2 n)), and half of both
    // endpoints' changes is one's: its mean is sqrt(2 / pi) of that.
    const n = 400;
    const results = replicate(mesh([1, 1], n, { requests: 50_000 }), 'random');
    // Counts of a second vary by a twentieth, and with them 1 / n by the square of it.
    expectNear(results.map(moves), Math.sqrt(1 / (Math.PI * n)), 0.01);
  });

  it('is nothing where every request goes where the one before it went, or in turn', () => {
    expect(run(mesh([1], 400)).moves).toBe(0);
    // An odd count of a second leaves one request over.
    expect(run(mesh([1, 1], 400), 'round-robin').moves).toBeLessThan(2 / 400);
  });

  it('is all of it once where all of it moves once', () => {
    const faults = [
      { kind: 'add', service: 'api', endpoint: 1, atSeconds: 10 },
      { kind: 'remove', service: 'api', endpoint: 0, atSeconds: 10 },
    ];
    const result = run(mesh([1, 1], 400, { faults, requests: 8_000 }));
    // One of the comparisons of a run of some twenty seconds, up to the one or two at its ends.
    expect(1 / result.moves).toBeGreaterThan(16);
    expect(1 / result.moves).toBeLessThan(21);
  });
});
