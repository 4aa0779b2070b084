// Every algorithm learns a mesh where the right answer is plain, and does so again to the bit from the same seed.
import { describe, expect, it } from 'vitest';
import { ALGORITHMS } from '../../../trainer/algorithms/registry.js';
import { loadBackend } from '../../../trainer/learning/backend.js';
import { learn, shareOfFast } from './support.js';

const { tf } = await loadBackend('wasm');

/** Updates of each: those that take several from what they see need more of them to see as much. */
const BUDGET: Readonly<Record<string, number>> = { ppo: 300, dqn: 400 };
const USUAL = 100;

/**
 * A share f of requests to the fast endpoint has a mean latency of 10 f + 20 (1 - f) ms: 15 ms where it is drawn, 12.25 ms
 * under ewma-full (f = 0.775, as the residual starts), 10 ms at the optimum. 0.9 is 11 ms: four fifths of the way from
 * random to the optimum, and more than half of what the start has left of it.
 */
const ENOUGH = 0.9;

describe('the mesh to learn in', () => {
  it('is not solved by the rule that the network starts from', () => {
    expect(shareOfFast({ policy: 'random' })).toBeCloseTo(0.5, 1);
    expect(shareOfFast({ policy: 'ewma-full' })).toBeLessThan(0.8);
  });
});

describe.each(ALGORITHMS.map((algorithm) => ({ name: algorithm.name, algorithm })))('$name', (of) => {
  it('sends what it can to the fast endpoint', () => {
    const { served } = learn(tf, of.algorithm, BUDGET[of.name] ?? USUAL, 1);
    expect(served.policy).toBe(of.algorithm.serves);
    expect(shareOfFast(served)).toBeGreaterThan(ENOUGH);
  });

  it('learns the same from the same seed, and other things from another', () => {
    const [once, again, other] = [3, 3, 4].map((seed) => learn(tf, of.algorithm, 8, seed));
    expect(again!.parameters).toEqual(once!.parameters);
    expect(again!.served).toEqual(once!.served);
    expect(other!.parameters).not.toEqual(once!.parameters);
  });

  it('leaves no tensor behind', () => {
    learn(tf, of.algorithm, 4, 5);
    const before = tf.memory().numTensors;
    learn(tf, of.algorithm, 4, 6);
    expect(tf.memory().numTensors).toBe(before);
  });
});
