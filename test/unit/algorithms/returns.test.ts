// Generalised advantage estimation against sums worked by hand.
import { describe, expect, it } from 'vitest';
import { generalisedAdvantages } from '../../../trainer/learning/returns.js';

describe('generalised advantages', () => {
  const rewards = [1, 2, 4];
  const values = [10, 20, 30, 40];

  // delta_t = r_t + gamma V(t+1) - V(t) with gamma 0.5:
  //   delta_0 = 1 + 10 - 10 = 1      delta_1 = 2 + 15 - 20 = -3      delta_2 = 4 + 20 - 30 = -6
  // A_t = delta_t + gamma lambda A_(t+1) with gamma lambda = 0.5 x 0.5 = 0.25:
  //   A_2 = -6      A_1 = -3 + 0.25 x -6 = -4.5      A_0 = 1 + 0.25 x -4.5 = -0.125
  it('are those of a case worked by hand', () => {
    expect([...generalisedAdvantages(rewards, values, 0.5, 0.5)]).toEqual([-0.125, -4.5, -6]);
  });

  it('are the errors of one step where lambda is 0', () => {
    expect([...generalisedAdvantages(rewards, values, 0.5, 0)]).toEqual([1, -3, -6]);
  });

  // The discounted returns, the last value included, less the value:
  //   G_2 = 4 + 0.5 x 40 = 24      G_1 = 2 + 0.5 x 24 = 14      G_0 = 1 + 0.5 x 14 = 8
  it('are returns less values where lambda is 1', () => {
    expect([...generalisedAdvantages(rewards, values, 0.5, 1)]).toEqual([8 - 10, 14 - 20, 24 - 30]);
  });

  it('of costs are minus those of rewards', () => {
    const minus = (of: readonly number[]) => of.map((value) => -value);
    const costs = generalisedAdvantages(minus(rewards), minus(values), 0.5, 0.5);
    expect(minus([...costs])).toEqual([...generalisedAdvantages(rewards, values, 0.5, 0.5)]);
  });

  it('of a state alone are none', () => {
    expect(generalisedAdvantages([], [7], 0.9, 0.8)).toHaveLength(0);
  });

  it('need a value more than rewards', () => {
    expect(() => generalisedAdvantages([1], [1], 0.9, 0.8)).toThrow('1 values for 1 rewards');
  });
});
