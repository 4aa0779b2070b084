import { describe, expect, it } from 'vitest';
import { gap, noiseOf, rank, ratio, type Cell, type Pair } from '../../../bench/fidelity/compare.js';

const same = (pair: Pair, policy = 'p'): Cell => ({ scenario: 's', policy, p50Ms: pair, p99Ms: pair });
/** Real and simulated latency of a policy, with two seeds. */
const cell = (policy: string, real: number, simulated: number): Cell =>
  same({ real: [real / 2, real * 2], simulated: [[simulated / 2], [simulated * 2]] }, policy);

describe('ratios', () => {
  it('are simulated over real, over seeds and throws by their geometric mean', () => {
    expect(ratio({ real: [10, 40], simulated: [[20], [80]] })).toBeCloseTo(2, 10);
    expect(ratio({ real: [10, 40], simulated: [[40], [10]] })).toBeCloseTo(1, 10);
    expect(ratio({ real: [10], simulated: [[5, 80]] })).toBeCloseTo(2, 10);
  });

  it('are as far off when half as when double', () => {
    expect([gap(2), gap(0.5), gap(1)]).toEqual([1, 1, 0]);
  });
});

describe('noise', () => {
  it('is what differs between seeds beside the workload', () => {
    // Twice the load in the second seed, in both meshes: no noise.
    expect(noiseOf([same({ real: [11, 22], simulated: [[10], [20]] })], 'p50Ms')).toBeCloseTo(0, 10);
    // Real / simulated e and 1/e: a deviation of sqrt(2) in one run, of 1 in the mean of two.
    const off = same({ real: [Math.E, 1 / Math.E], simulated: [[1], [1]] });
    expect(noiseOf([off], 'p99Ms')).toBeCloseTo(1, 10);
    // A second cell without noise halves the variance.
    const still = same({ real: [1, 1], simulated: [[1], [1]] });
    expect(noiseOf([off, still], 'p99Ms')).toBeCloseTo(Math.SQRT1_2, 10);
  });

  it('is at least what the dice do in the simulator', () => {
    const thrown = [Math.E, 1 / Math.E];
    expect(noiseOf([same({ real: [5], simulated: [thrown] })], 'p50Ms')).toBeCloseTo(Math.SQRT2, 10);
    expect(noiseOf([same({ real: [5, 5], simulated: [thrown, thrown] })], 'p50Ms')).toBeCloseTo(1, 10);
  });
});

describe('rank', () => {
  it('agrees where both meshes have the same order', () => {
    const cells = [cell('b', 20, 25), cell('a', 10, 11), cell('c', 40, 30)];
    expect(rank(cells, 'p50Ms', 0.01)).toEqual({
      real: 'a < b < c',
      simulated: 'a < b < c',
      tau: 1,
      agrees: true,
    });
  });

  it('disagrees where a pair that is apart in both is the other way round', () => {
    const { agrees, tau } = rank([cell('a', 10, 30), cell('b', 20, 25), cell('c', 40, 40)], 'p50Ms', 0.01);
    expect(agrees).toBe(false);
    expect(tau).toBeCloseTo(1 / 3, 10);
  });

  it('takes for ties what is within two standard errors of a difference', () => {
    // 10% apart; an error of 4% in each is 5.7% in the difference.
    const cells = [cell('a', 10, 11), cell('b', 11, 10), cell('c', 20, 20)];
    expect(rank(cells, 'p50Ms', 0.03).agrees).toBe(false);
    const tied = rank(cells, 'p50Ms', 0.04);
    expect(tied).toMatchObject({ real: 'a = b < c', simulated: 'b = a < c', tau: 1, agrees: true });
  });
});
