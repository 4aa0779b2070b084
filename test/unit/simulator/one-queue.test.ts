// One endpoint against the closed forms of queueing theory (Kleinrock, Queueing Systems I, 1975).
import { describe, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import type { SimulationResult } from '../../../trainer/environment/simulation-result.js';
import { expectMean, replicate, textbook } from './support.js';

const MEAN_MS = 10;
const exponential = { kind: 'exponential', meanMs: MEAN_MS };

const queue = (service: object, utilisation: number, requests = 40_000) =>
  textbook({ endpoints: [{ workers: 1 }], ...service }, { requests, load: { utilisation } });
const waits = (scenario: Scenario) => replicate(scenario).map((result) => result.meanMs - MEAN_MS);
/** The more load, the longer what happens now is felt. */
const enough = (requests: number, load: number) => Math.round(requests / (1 - load) ** 2);

/** Share of the requests that wait, in a queue of `servers` (Erlang's C). */
function erlangC(servers: number, utilisation: number): number {
  const offered = servers * utilisation;
  let term = 1;
  let below = 0;
  for (let n = 0; n < servers; n++) {
    below += term;
    term *= offered / (n + 1);
  }
  const all = term / (1 - utilisation);
  return all / (below + all);
}

describe('M/M/1', () => {
  it.each([0.4, 0.6, 0.8])('has the mean wait rho / (1 - rho) at load %d', (load) => {
    const scenario = queue({ serviceTime: exponential }, load, enough(3_000, load));
    expectMean(waits(scenario), (MEAN_MS * load) / (1 - load));
  });

  it('has an exponential time in the system', () => {
    const meanMs = MEAN_MS / (1 - 0.6);
    const results = replicate(queue({ serviceTime: exponential }, 0.6, 40_000));
    const expectQuantile = (figure: (result: SimulationResult) => number, above: number) =>
      expectMean(results.map(figure), meanMs * Math.log(1 / above));
    expectQuantile((result) => result.p50Ms, 0.5);
    expectQuantile((result) => result.p90Ms, 0.1);
    expectQuantile((result) => result.p99Ms, 0.01);
    expectQuantile((result) => result.p999Ms, 0.001);
  });

  it('is as much slower as its server is', () => {
    const slow = queue({ serviceTime: exponential, endpoints: [{ workers: 1, speed: 0.25 }] }, 0.5);
    const means = replicate(slow).map((result) => result.meanMs);
    expectMean(means, (4 * MEAN_MS) / (1 - 0.5));
  });
});

describe('M/M/c', () => {
  it.each([
    [2, 0.5],
    [2, 0.8],
    [4, 0.7],
    [8, 0.7],
  ])('of %d workers has the mean wait of Erlang C at load %d', (workers, load) => {
    const scenario = queue({ serviceTime: exponential, endpoints: [{ workers }] }, load, enough(3_000, load));
    expectMean(waits(scenario), (erlangC(workers, load) * MEAN_MS) / (workers * (1 - load)));
  });
});

describe('M/G/1', () => {
  const classes = [
    { path: '/cheap', share: 0.8, factor: 0.5 },
    { path: '/dear', share: 0.2, factor: 3 },
  ];
  /** Second moments in units of the squared mean. */
  const pareto = (alpha: number) => (alpha - 1) ** 2 / (alpha * (alpha - 2));
  const KINDS: [string, object, number][] = [
    ['deterministic', { serviceTime: { kind: 'deterministic', meanMs: MEAN_MS } }, 1],
    ['lognormal', { serviceTime: { kind: 'lognormal', meanMs: MEAN_MS, sigma: 0.8 } }, Math.exp(0.64)],
    // The variance of the mean wait needs a finite fourth moment: an alpha above 4.
    ['Pareto', { serviceTime: { kind: 'pareto', meanMs: MEAN_MS, alpha: 5 } }, pareto(5)],
    ['empirical', { serviceTime: { kind: 'empirical', samplesMs: [5, 5, 20] } }, 1.5],
    // Of an exponential time 2, of its factors 0.8 x 0.25 + 0.2 x 9.
    ['classes', { serviceTime: exponential, classes }, 2 * (0.8 * 0.25 + 0.2 * 9)],
  ];
  const cases = KINDS.flatMap((kind) => [0.4, 0.7].map((load) => [...kind, load] as const));

  it.each(cases)('has the mean wait of Pollaczek and Khinchine: %s', (_, service, secondMoment, load) => {
    const expected = (load * MEAN_MS * secondMoment) / (2 * (1 - load));
    expectMean(waits(queue(service, load, enough(3_000, load))), expected);
  });
});
