import { describe, expect, it } from 'vitest';
import { standings } from '../../../trainer/evaluation/standings.js';
import { plan, resultsOf } from './fakes.js';

const only = <T>(items: readonly T[], i: number): T => items[i]!;

describe('standings', () => {
  it('pairs runs of the same seed, so that what a seed does to both cancels out', () => {
    const of = plan(['a'], ['least-request', 'c3'], 3);
    const results = resultsOf(of, ({ policy, seed }) => ({
      meanMs: 10 ** seed * (policy === 'c3' ? 0.5 : 1),
    }));
    const { ratios, isBaseline, latencies } = only(standings(results), 1);
    expect(isBaseline).toBe(false);
    expect(ratios.meanMs.value).toBeCloseTo(0.5, 9);
    expect(ratios.meanMs.n).toBe(3);
    expect(ratios.meanMs.interval![0]).toBeCloseTo(0.5, 9);
    expect(ratios.meanMs.interval![1]).toBeCloseTo(0.5, 9);
    expect(latencies.meanMs).toBeCloseTo(50, 9);
  });

  it('counts a scenario once, however many seeds it has', () => {
    const of = plan(['a', 'b'], ['least-request', 'c3'], 5);
    const results = resultsOf(of, ({ scenario, policy, seed }) => {
      const ratio = (scenario.name === 'a' ? 0.5 : 2) * (seed % 2 === 0 ? 1.1 : 1 / 1.1);
      return { p99Ms: policy === 'c3' ? 40 * ratio : 40 };
    });
    const { p99Ms } = only(standings(results), 1).ratios;
    // Logarithms of the scenarios: two samples, half their distance being the standard error, t(0.975, 1) = 12.7062.
    const logs = [Math.log(0.5), Math.log(2)].map((log) => log - Math.log(1.1) / 5);
    expect(p99Ms.n).toBe(2);
    expect(Math.log(p99Ms.value)).toBeCloseTo((logs[0]! + logs[1]!) / 2, 9);
    expect(Math.log(p99Ms.interval![1] / p99Ms.value)).toBeCloseTo((12.7062 * (logs[1]! - logs[0]!)) / 2, 3);
  });

  it('takes scenarios of any scale for equally important', () => {
    const of = plan(['fast', 'slow'], ['least-request', 'c3'], 1);
    const results = resultsOf(of, ({ scenario, policy }) => {
      const better = scenario.name === 'fast' ? 0.5 : 2;
      return { meanMs: (scenario.name === 'fast' ? 1 : 1000) * (policy === 'c3' ? better : 1) };
    });
    expect(only(standings(results), 1).ratios.meanMs.value).toBeCloseTo(1, 9);
  });

  it('has no interval of one pair', () => {
    const results = resultsOf(plan(['a'], ['least-request', 'c3'], 1), ({ policy }) => ({
      meanMs: policy === 'c3' ? 5 : 10,
    }));
    const { meanMs } = only(standings(results), 1).ratios;
    expect(meanMs.n).toBe(1);
    expect(meanMs.value).toBeCloseTo(0.5, 9);
    expect(meanMs).not.toHaveProperty('interval');
  });

  it('compares errors by the difference of their shares', () => {
    const results = resultsOf(plan(['a'], ['least-request', 'c3'], 2), ({ policy, seed }) =>
      policy === 'c3' ? { requests: 200, errors: 10 * seed } : { requests: 100, errors: 1 },
    );
    const { errorShare, errorsMore } = only(standings(results), 1);
    expect(errorShare).toBeCloseTo(0.075, 9);
    expect(errorsMore.value).toBeCloseTo(0.065, 9);
    expect(only(standings(results), 0).errorsMore).toEqual({ n: 2, value: 0, interval: [0, 0] });
  });

  it('has no latency where a run answered no request, rather than that of the others', () => {
    const results = resultsOf(plan(['a', 'b'], ['least-request', 'c3'], 2), ({ scenario, policy, seed }) =>
      policy === 'c3' && scenario.name === 'b' && seed === 2
        ? { requests: 0, errors: 0, meanMs: NaN, p99Ms: NaN }
        : {},
    );
    const c3 = only(standings(results), 1);
    expect(c3.latencies.meanMs).toBeNaN();
    expect(c3.ratios.meanMs).toEqual({ n: 2, value: NaN });
    expect(c3.errorShare).toBe(0);
    expect(only(standings(results), 0).ratios.meanMs.value).toBe(1);
  });

  it('marks the baseline and the oracles, and keeps the order of the plan', () => {
    const results = resultsOf(plan(['a'], ['clairvoyant', 'c3'], 1, 'c3'), () => ({}));
    expect(
      standings(results).map(({ policy, isOracle, isBaseline }) => [policy, isOracle, isBaseline]),
    ).toEqual([
      ['clairvoyant', true, false],
      ['c3', false, true],
    ]);
  });

  it('can be limited to some scenarios', () => {
    const of = plan(['a', 'b'], ['least-request'], 2);
    const results = resultsOf(of, ({ scenario }) => ({ meanMs: scenario.name === 'a' ? 3 : 300 }));
    expect(only(standings(results, [of.scenarios[0]!]), 0).latencies.meanMs).toBeCloseTo(3, 9);
  });
});
