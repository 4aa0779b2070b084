// The liking of a worker for an endpoint: of no use but to tell apart workers who know the same.
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { feature, recorded } from './recorded.js';
import { MESHES } from './scenarios.js';
import { mean } from './support.js';

/** The affinities of each decision of the entry, in the order of the rows. */
const affinities = (scenario: Scenario, dice = 0): number[][] =>
  recorded(scenario, { dice })
    .decisions.filter(({ service }) => service === 0)
    .map(({ rows }) => rows.map((row) => feature(row, 'affinity')));
const distinct = (all: number[][]): string[] => [...new Set(all.map((each) => each.join()))];

describe('the affinity', () => {
  it('is one for each worker and endpoint, for the whole run', () => {
    const all = affinities(MESHES.bursts);
    const { proxies, workersPerProxy } = MESHES.bursts;
    expect(distinct(all)).toHaveLength(proxies * workersPerProxy);
    const values = distinct(all).flatMap((each) => each.split(',').map(Number));
    for (const value of values) expect(Math.abs(value)).toBeLessThanOrEqual(2);
    // Uniform from -2 to 2: variance 4/3, five standard errors of the mean of 72.
    expect(values).toHaveLength(72);
    expect(Math.abs(mean(values))).toBeLessThan(5 * Math.sqrt(4 / 3 / 72));
  });

  it('comes with the seed and the dice', () => {
    const of = (scenario: Scenario, dice = 0) => distinct(affinities(scenario, dice)).toSorted();
    expect(of(MESHES.bursts)).toEqual(of(MESHES.bursts));
    expect(of(MESHES.bursts, 1)).not.toEqual(of(MESHES.bursts));
    expect(of({ ...MESHES.bursts, seed: 77 })).not.toEqual(of(MESHES.bursts));
  });

  it('is the same for an endpoint whenever it joins, and leaves the others theirs', () => {
    const scenario = { ...MESHES.faults, proxies: 1, workersPerProxy: 1 };
    const joining = distinct(affinities(scenario));
    const [always] = distinct(affinities({ ...scenario, faults: [] }));
    expect(joining).toHaveLength(2);
    const [before, after] = joining.map((each) => each.split(','));
    // Endpoint 2 of four is not there at first; it then takes the slot behind them.
    const [a, b, c, d] = always!.split(',');
    expect(before).toEqual([a, b, d]);
    expect(after).toEqual([a, b, d, c]);
  });
});
