import { describe, expect, it } from 'vitest';
import { evaluationRecords } from '../../../trainer/evaluation/record.js';
import { plan, resultsOf } from './fakes.js';

const FIELDS = [
  ...['scenario', 'policy', 'seed', 'requests', 'meanMs', 'p50Ms', 'p90Ms', 'p99Ms', 'p999Ms'],
  ...['throughputRps', 'errors', 'cpuSpread', 'moves', 'decisionNs'],
];

describe('evaluationRecords', () => {
  it('has the fields of the contract and no others, in the order of the plan', () => {
    const { results } = evaluationRecords(resultsOf(plan(['a', 'b'], ['random', 'c3']), () => ({})));
    for (const record of results) expect(Object.keys(record)).toEqual(FIELDS);
    expect(results.map(({ scenario, policy, seed }) => `${scenario} ${policy} ${seed}`).slice(0, 5)).toEqual([
      ...['a random 1', 'a random 2', 'a c3 1', 'a c3 2', 'b random 1'],
    ]);
  });

  it('has null for what a run without an answered request does not have', () => {
    const none = { requests: 5, errors: 5, meanMs: NaN, p50Ms: NaN, p90Ms: NaN, p99Ms: NaN, p999Ms: NaN };
    const { results } = evaluationRecords(
      resultsOf(plan(['a'], ['random'], 1), () => ({ ...none, throughputRps: Infinity })),
    );
    const text = JSON.stringify(results[0]);
    expect(text).not.toMatch(/NaN|Infinity/);
    expect(results[0]).toMatchObject({
      requests: 5,
      errors: 5,
      meanMs: null,
      p999Ms: null,
      throughputRps: null,
    });
  });
});
