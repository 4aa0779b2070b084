// The losses of PPO and DQN, and what they pass on.
import { describe, expect, it } from 'vitest';
import { huber } from '../../../trainer/algorithms/dqn.js';
import { EPSILON, surrogate } from '../../../trainer/algorithms/ppo.js';
import { loadBackend } from '../../../trainer/learning/backend.js';

const { tf } = await loadBackend('wasm');

/** Value and gradient of a function at numbers, one by one. */
function slopes(of: Parameters<typeof tf.valueAndGrad>[0], at: readonly number[]) {
  return tf.tidy(() => {
    const { value, grad } = tf.valueAndGrad((x) => tf.sum(of(x)))(tf.tensor1d([...at]));
    return { value: value.dataSync()[0]!, gradient: [...grad.dataSync()] };
  });
}

describe('the clipped surrogate', () => {
  const at = (ratio: number, advantage: number) =>
    slopes((logs) => surrogate(tf, logs, tf.tensor1d([advantage])), [Math.log(ratio)]);

  // As costs: an advantage below 0 is a choice to make more often.
  it.each([
    { ratio: 1 + EPSILON + 0.05, advantage: -2, wants: 'up' },
    { ratio: 3, advantage: -0.5, wants: 'up' },
    { ratio: 1 - EPSILON - 0.05, advantage: 2, wants: 'down' },
    { ratio: 0.1, advantage: 0.5, wants: 'down' },
  ])('has no gradient at a ratio of $ratio that wants $wants', ({ ratio, advantage }) => {
    expect(at(ratio, advantage).gradient).toEqual([0]);
  });

  it.each([
    { ratio: 1, advantage: -2 },
    { ratio: 1, advantage: 2 },
    { ratio: 1 + EPSILON - 0.05, advantage: -2 },
    { ratio: 1 - EPSILON + 0.05, advantage: 2 },
    // Past a bound, but the way back is open.
    { ratio: 3, advantage: 2 },
    { ratio: 0.1, advantage: -2 },
  ])('has that of ratio x advantage at a ratio of $ratio and an advantage of $advantage', (of) => {
    const { value, gradient } = at(of.ratio, of.advantage);
    expect(value).toBeCloseTo(of.ratio * of.advantage, 5);
    // d r / d log r = r
    expect(gradient[0]).toBeCloseTo(of.ratio * of.advantage, 5);
  });

  it('stays finite whatever the ratio', () => {
    for (const ratio of [1e-30, 1e30]) {
      for (const advantage of [-3, 3]) {
        const { value, gradient } = at(ratio, advantage);
        expect([value, ...gradient].every(Number.isFinite)).toBe(true);
      }
    }
  });
});

describe("Huber's loss", () => {
  // e^2 / 2 up to 1, |e| - 1/2 from there on.
  it('is quadratic near 0 and linear far from it', () => {
    const { value, gradient } = slopes((x) => huber(tf, x), [0, 0.5, -0.5, 3, -3]);
    expect(value).toBeCloseTo(0 + 0.125 + 0.125 + 2.5 + 2.5, 5);
    expect(gradient).toEqual([0, 0.5, -0.5, 1, -1]);
  });
});
