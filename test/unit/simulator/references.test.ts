// The references are bounds in practice: over a suite nothing that a proxy can run comes before the one that knows all.
import { describe, expect, it } from 'vitest';
import type { SimulatorPolicy } from '../../../trainer/environment/policies.js';
import { mean, POLICIES, run, validate } from './support.js';

const uneven = [
  { speed: 1, workers: 4, count: 2 },
  { speed: 0.4, workers: 2, count: 3 },
  { speed: 2, workers: 1 },
];
const classes = [
  { path: '/cheap', share: 0.7, factor: 0.2 },
  { path: '/usual', share: 0.25, factor: 1 },
  { path: '/dear', share: 0.05, factor: 5 },
];
const slowdowns = {
  kind: 'random-slow',
  service: 'api',
  share: 0.3,
  factor: 0.3,
  meanOnSeconds: 3,
  meanOffSeconds: 6,
};

/** Each with one trait, at a load where balancing matters. */
const SUITE: [string, object, object][] = [
  ['equal', { endpoints: [{ count: 8 }] }, {}],
  ['small', { endpoints: [{ workers: 1, count: 3 }], serviceTime: { kind: 'exponential' } }, { proxies: 1 }],
  ['uneven', { endpoints: uneven }, {}],
  ['classes', { endpoints: [{ count: 6 }], classes }, {}],
  ['uneven-classes', { endpoints: uneven, classes }, { proxies: 8 }],
  ['bursts', { endpoints: uneven }, { load: { utilisation: 0.7, pattern: { kind: 'burst' } } }],
  ['slowdowns', { endpoints: [{ count: 10 }] }, { faults: [slowdowns], load: { utilisation: 0.6 } }],
  ['crowd', { endpoints: [{ count: 12 }] }, { proxies: 32, workersPerProxy: 1 }],
  ['pareto', { endpoints: [{ count: 6 }], serviceTime: { kind: 'pareto', alpha: 2.2 } }, {}],
  ['long-way', { endpoints: uneven }, { networkMs: 5, load: { utilisation: 0.7 } }],
];
const scenarios = SUITE.map(([name, service, rest]) =>
  validate({
    name,
    requests: 12_000,
    warmup: 2_000,
    services: [{ name: 'api', ...service }],
    load: { utilisation: 0.85 },
    ...rest,
  }),
);
const meansOf = (policy: SimulatorPolicy) => scenarios.map((scenario) => run(scenario, policy).meanMs);
const geometric = (values: readonly number[]) => Math.exp(mean(values.map(Math.log)));
const means = new Map(POLICIES.map((policy) => [policy, meansOf(policy)]));
const overall = (policy: SimulatorPolicy) => geometric(means.get(policy)!);

describe('over a suite of ten', () => {
  it.each(POLICIES.filter((policy) => policy !== 'clairvoyant'))('clairvoyant is ahead of %s', (policy) => {
    expect(overall(policy)).toBeGreaterThan(overall('clairvoyant'));
  });
});
