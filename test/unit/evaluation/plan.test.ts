import { describe, expect, it } from 'vitest';
import { defaultBaseline, describeJob, jobsOf } from '../../../trainer/evaluation/plan.js';
import { Results } from '../../../trainer/evaluation/results.js';
import { fakeRun, plan, resultsOf, scenario } from './fakes.js';

describe('jobsOf', () => {
  it('crosses scenarios, policies and seeds, the seeds counted from the scenario', () => {
    const jobs = jobsOf({
      ...plan([], ['random', 'c3'], 2),
      scenarios: [scenario('a', 7), scenario('b', 1)],
    });
    expect(jobs.map((job) => `${job.scenario.name} ${job.policy} ${job.seed}`)).toEqual([
      ...['a random 7', 'a random 8', 'a c3 7', 'a c3 8'],
      ...['b random 1', 'b random 2', 'b c3 1', 'b c3 2'],
    ]);
  });

  it('names a job by what it is', () => {
    expect(describeJob({ scenario: scenario('a b'), policy: 'c3', seed: 4 })).toBe(
      'scenario "a b", policy c3, seed 4',
    );
  });
});

describe('defaultBaseline', () => {
  it('is least-request where it takes part, else the first', () => {
    expect(defaultBaseline(['c3', 'least-request'])).toBe('least-request');
    expect(defaultBaseline(['c3', 'random'])).toBe('c3');
  });
});

describe('Results', () => {
  it('finds the runs of a policy on a scenario, by seed', () => {
    const of = plan(['a', 'b'], ['random', 'c3'], 3);
    const results = resultsOf(of, ({ scenario, policy, seed }) => ({
      meanMs: (scenario.name === 'a' ? 100 : 200) + (policy === 'c3' ? 10 : 0) + seed,
    }));
    expect(results.of(of.scenarios[1]!, 'c3').map(({ meanMs }) => meanMs)).toEqual([211, 212, 213]);
    expect(results.of(of.scenarios[0]!, 'random').map(({ meanMs }) => meanMs)).toEqual([101, 102, 103]);
  });

  it('takes no other number of runs', () => {
    expect(() => new Results(plan(['a'], ['random']), [fakeRun()])).toThrow('1 runs of 2');
  });
});
