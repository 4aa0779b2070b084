import { describe, expect, it } from 'vitest';
import { clipNorm, step, type Optimiser } from '../../../trainer/learning/optimiser.js';

const start = () => ({ first: new Float32Array(2), second: new Float32Array(2), steps: new Int32Array(1) });
const GRADIENTS = [
  [0.5, -1],
  [0.25, 1],
] as const;

/** Parameters 1 and -2 after each of two steps of 0.1. */
function steps(optimiser: Optimiser): number[][] {
  const state = start();
  const parameters = Float32Array.of(1, -2);
  const seen = GRADIENTS.map((gradient) => {
    step(optimiser, parameters, Float32Array.from(gradient), state, 0.1);
    return [...parameters];
  });
  expect(state.steps[0]).toBe(2);
  return seen;
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

describe('a step', () => {
  it('of Adam is that of the paper', () => {
    const [one, two] = steps('adam');
    // m / (1 - 0.9) = g and v / (1 - 0.999) = g^2: the first step is as long as the learning rate, whatever the gradient.
    expectNear(one!, [0.9, -1.9]);
    // First: m = 0.9 x 0.05 + 0.1 x 0.25 = 0.07, by 0.19 0.368421; v = 0.999 x 0.00025 + 0.001 x 0.0625 = 0.00031225, by
    // 0.001999 0.156203, its root 0.395225: a step of 0.1 x 0.932181.
    // Second: m = 0.9 x -0.1 + 0.1 x 1 = 0.01, by 0.19 0.0526316; v = 0.001999, by 0.001999 1: 0.1 x 0.0526316.
    expectNear(two!, [0.9 - 0.0932181, -1.9 - 0.00526316]);
  });

  it('of RMSProp is that of the paper, its epsilon inside the root', () => {
    const [one, two] = steps('rmsprop');
    // v = 0.01 g^2 = 0.0025 and 0.01: 0.1 x 0.5 / sqrt(0.002501) = 0.999800, 0.1 / sqrt(0.010001) = 0.999950.
    expectNear(one!, [1 - 0.9998, -2 + 0.99995]);
    // v = 0.99 x 0.0025 + 0.01 x 0.0625 = 0.0031: 0.1 x 0.25 / sqrt(0.003101) = 0.448941.
    // v = 0.99 x 0.01 + 0.01 = 0.0199: 0.1 / sqrt(0.019901) = 0.708864.
    expectNear(two!, [0.0002 - 0.448941, -1.00005 - 0.708864]);
  });
});

describe('clipping a gradient', () => {
  it('shortens it to the length allowed and keeps its direction', () => {
    const gradient = Float32Array.of(3, -4);
    expect(clipNorm(gradient, 1)).toBe(5);
    expectNear([...gradient], [0.6, -0.8]);
  });

  it('leaves a shorter one bit for bit', () => {
    const gradient = Float32Array.of(0.1, -0.2);
    expect(clipNorm(gradient, 1)).toBeCloseTo(Math.sqrt(0.05), 6);
    expect(gradient).toEqual(Float32Array.of(0.1, -0.2));
  });

  it('holds for the greatest floats, whose squares are none', () => {
    const gradient = Float32Array.of(3e38, 3e38);
    clipNorm(gradient, 1);
    expectNear([...gradient], [Math.SQRT1_2, Math.SQRT1_2]);
  });
});
