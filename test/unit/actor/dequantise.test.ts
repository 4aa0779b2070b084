import { describe, expect, it } from 'vitest';
import { dequantise } from '../../../trainer/actor/dequantise.js';
import type { Model } from '../../../trainer/actor/model.js';
import { quantise } from '../../../trainer/actor/quantise.js';
import { shippedModel } from '../../../trainer/cli/shipped-model.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { actorParts, initialise, layout, networkOf } from '../../../trainer/learning/parameters.js';

const parts = layout(actorParts(8, 4));
const MATRICES = ['w1', 'v1', 'w2', 'u2', 'w3', 'bias1', 'bias2'] as const;

describe('a model made ready for training', () => {
  it.each([
    ['the one that ships', shippedModel()],
    ['one of random weights', quantise(networkOf(initialise(parts, createRandom(3)), parts), 0.2)],
  ])('is the same when it is quantised again: %s', (_, model: Model) => {
    const again = quantise(dequantise(model), model.temperature);
    for (const name of MATRICES) expect(again[name], name).toEqual(model[name]);
    const scales = ({ scale1, scale2, outputScale }: Model) => [...scale1, ...scale2, outputScale];
    for (const [i, scale] of scales(again).entries())
      expect(Math.abs(scale / scales(model)[i]! - 1)).toBeLessThanOrEqual(2 ** -22);
    expect(again.temperature).toBe(model.temperature);
  });
});
