import { describe, expect, it } from 'vitest';
import { checkHyperparameters } from '../../../trainer/algorithms/check.js';
import { DEFAULTS, defaultsOf } from '../../../trainer/algorithms/defaults.js';
import { ALGORITHMS } from '../../../trainer/algorithms/registry.js';
import { withOverrides } from '../../../trainer/learning/overrides.js';

describe('overrides', () => {
  it('change what they name, at any depth, and nothing else', () => {
    const before = structuredClone(DEFAULTS);
    const changed = withOverrides(DEFAULTS, [
      'entropy=0.01',
      'reward.errors=3',
      'optimiser=rmsprop',
      'entropy=1e-3',
    ]);
    expect(changed).toEqual({
      ...before,
      entropy: 0.001,
      optimiser: 'rmsprop',
      reward: { ...before.reward, errors: 3 },
    });
    expect(DEFAULTS).toEqual(before);
    expect(withOverrides(DEFAULTS, [])).toEqual(DEFAULTS);
  });

  it.each([
    ['nonsense', /^nonsense: expected name=value$/],
    ['=3', /^=3: expected name=value$/],
    ['speed=3', /^speed=3: expected one of hidden1, hidden2, temperature, /],
    ['toString=3', /^toString=3: expected one of hidden1, /],
    ['reward.speed=3', /^reward\.speed=3: expected one of others, errors, /],
    ['reward=3', /^reward=3: expected one of others, errors, /],
    ['rows.most=3', /^rows\.most=3: rows holds one value$/],
    ['rows=', /^rows=: expected a number$/],
    ['rows=many', /^rows=many: expected a number$/],
    ['rows=Infinity', /^rows=Infinity: expected a number$/],
  ])('name a setting that is wrong: %s', (setting, message) => {
    expect(() => withOverrides(DEFAULTS, [setting])).toThrow(message);
    expect(() => withOverrides(DEFAULTS, [setting])).toThrow(RangeError);
  });
});

describe('the check of hyperparameters', () => {
  const check = (setting: string) => () => checkHyperparameters(withOverrides(DEFAULTS, [setting]));

  it.each(ALGORITHMS.map((algorithm) => [algorithm.name, algorithm] as const))(
    'passes the defaults of %s',
    (_, algorithm) => expect(() => checkHyperparameters(defaultsOf(algorithm))).not.toThrow(),
  );

  it('passes what lies at the edges', () => {
    for (const setting of [
      'hidden1=64',
      'hidden2=4',
      'share=1',
      'reward.exponent=1',
      'entropy=0',
      'averaging=0',
    ])
      expect(check(setting)).not.toThrow();
  });

  it.each([
    ['hidden1=30', 'hidden1=30: expected 4 to 64, a multiple of 4'],
    ['hidden2=68', 'hidden2=68: expected 4 to 64, a multiple of 4'],
    ['temperature=0', 'temperature=0: expected a number above 0'],
    ['learningRate=-1', 'learningRate=-1: expected a number above 0, at most 1'],
    ['optimiser=magic', /^optimiser=magic: expected one of adam, rmsprop/],
    ['meshes=1.5', 'meshes=1.5: expected a whole number above 0'],
    ['rows=0', 'rows=0: expected a whole number above 0'],
    ['share=2', 'share=2: expected a number above 0, at most 1'],
    ['averaging=1', 'averaging=1: expected a number from 0, below 1'],
    ['reward.exponent=2', 'reward.exponent=2: expected a number from 0 to 1'],
    ['reward.errors=-1', 'reward.errors=-1: expected a number from 0 on'],
  ])('names one that is wrong: %s', (setting, message) => {
    expect(check(setting)).toThrow(message);
  });
});
