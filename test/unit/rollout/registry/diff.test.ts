import { describe, expect, it } from 'vitest';
import type { ModelCard } from '../../../../trainer/actor/model-card.js';
import type { Model } from '../../../../trainer/actor/model.js';
import { untrainedModel } from '../../../../trainer/actor/untrained.js';
import { diffModels } from '../../../../trainer/rollout/registry/diff.js';
import { facts, model } from './support.js';

const side = (made: Model, change: Partial<ModelCard> = {}) => ({
  model: made,
  card: { id: made.id, size: 1, ...facts(), ...change },
});

describe('the difference of two models', () => {
  it('is none of a model to itself', () => {
    const diff = diffModels(side(model(1)), side(model(1)));
    expect(diff.hyperparameters).toEqual({});
    expect(diff.weightDistance).toEqual({ layer1: 0, layer2: 0, output: 0 });
  });

  it('has the hyperparameters that differ, or that one side lacks', () => {
    const a = side(model(1), { hyperparameters: { same: 1, changed: 0.1, gone: true } });
    const b = side(model(2), { hyperparameters: { same: 1, changed: 0.2, come: 'x' } });
    expect(diffModels(a, b).hyperparameters).toEqual({
      changed: { a: 0.1, b: 0.2 },
      gone: { a: true, b: null },
      come: { a: null, b: 'x' },
    });
  });

  it('pairs evaluation rows by scenario, policy and seed', () => {
    const row = { scenario: 's', policy: 'actor', seed: 1, requests: 1, meanMs: 1, p99Ms: 2 };
    const a = side(model(1), { evaluation: [row, { ...row, seed: 2 }] });
    const b = side(model(2), {
      evaluation: [
        { ...row, meanMs: 3, p99Ms: 4 },
        { ...row, scenario: 't' },
      ],
    });
    expect(diffModels(a, b).evaluation).toEqual([
      { scenario: 's', policy: 'actor', seed: 1, meanMs: { a: 1, b: 3 }, p99Ms: { a: 2, b: 4 } },
      { scenario: 's', policy: 'actor', seed: 2, meanMs: { a: 1, b: null }, p99Ms: { a: 2, b: null } },
      { scenario: 't', policy: 'actor', seed: 1, meanMs: { a: null, b: 1 }, p99Ms: { a: null, b: 2 } },
    ]);
  });

  it('measures weights as they act: twice the weight at half the scale is no difference', () => {
    const a = model(1);
    const even = { ...a, w1: a.w1.map((w) => w & ~1), v1: a.v1.map((w) => w & ~1) };
    const halved = {
      ...even,
      w1: even.w1.map((w) => w / 2),
      v1: even.v1.map((w) => w / 2),
      scale1: even.scale1.map((scale) => scale * 2),
    };
    expect(diffModels(side(even), side(halved)).weightDistance?.layer1).toBe(0);
  });

  it('is two between opposites', () => {
    const a = untrainedModel({ seed: 1, scale: 1, hidden1: 4, hidden2: 4 });
    const opposite = { ...a, w3: a.w3.map((w) => -w), w2: a.w2.map((w) => -w), u2: a.u2.map((w) => -w) };
    const { weightDistance } = diffModels(side(a), side(opposite));
    expect(weightDistance).toEqual({ layer1: 0, layer2: 2, output: 2 });
  });

  it('has no weight distance where the shapes differ', () => {
    const diff = diffModels(side(model(1)), side(untrainedModel({ hidden1: 8, hidden2: 4 })));
    expect(diff.shape).toEqual({ a: '24+8/4/4', b: '24+8/8/4' });
    expect(diff.weightDistance).toBeNull();
  });
});
