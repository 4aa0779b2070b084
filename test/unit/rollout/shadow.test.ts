import { describe, expect, it } from 'vitest';
import { encodeModel, decodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { offPolicy, WEIGHT_CLIP } from '../../../trainer/rollout/off-policy.js';
import { probabilities } from '../../../trainer/rollout/replay.js';
import { fitRidge, predict } from '../../../trainer/evaluation/ridge.js';
import { SHADOW_DEFAULTS, judgeShadow } from '../../../trainer/rollout/shadow.js';
import { decisions, expectedLog, leaning } from './decisions.js';
import { normal, random } from './traffic.js';

const current = untrainedModel({ temperature: 1 });
const evaluate = (candidate: typeof current, records: ReturnType<typeof decisions>) =>
  offPolicy(
    records,
    records.map((record) => probabilities(candidate, record)),
  );

describe('the probabilities of a recorded decision', () => {
  it('follow the score of ewma-full where the network says nothing', () => {
    const [record] = decisions(current, { seed: 1, count: 1, endpoints: 3 });
    // One octave and half of one below the best, at temperature 1.
    record!.features.set([0], 23);
    record!.features.set([-32], 47);
    record!.features.set([-16], 71);
    const [a, b, c] = probabilities(current, record!);
    expect(b! / a!).toBeCloseTo(1 / 2, 10);
    expect(c! / a!).toBeCloseTo(2 ** -0.5, 10);
    expect(a! + b! + c!).toBeCloseTo(1, 12);
  });

  it('follow the network', () => {
    const records = decisions(current, { seed: 1, count: 50 });
    for (const record of records) {
      const chances = probabilities(leaning('latency', -2), record);
      const logs = [0, 1, 2, 3].map((i) => expectedLog(record.features, i));
      expect(chances.indexOf(Math.max(...chances))).toBe(logs.indexOf(Math.min(...logs)));
    }
  });
});

describe('off-policy evaluation', () => {
  /** What the candidate's choices lead to, in truth, less what was measured. */
  const truth = (candidate: typeof current, records: ReturnType<typeof decisions>) =>
    records.reduce((sum, record) => {
      const chances = probabilities(candidate, record);
      const expected = chances.reduce(
        (total, chance, i) => total + chance * expectedLog(record.features, i),
        0,
      );
      const usual = probabilities(current, record).reduce(
        (total, chance, i) => total + chance * expectedLog(record.features, i),
        0,
      );
      return sum + (expected - usual) / records.length;
    }, 0);

  it.each([
    [-1, 'faster'],
    [1, 'slower'],
  ])('contains, with a lean of %i, the truth of a %s model as often as it should', (octaves) => {
    const candidate = leaning('latency', octaves);
    let contained = 0;
    for (let seed = 1; seed <= 20; seed++) {
      const records = decisions(current, { seed, count: 300 });
      const { doublyRobust, importanceSampling, effectiveRecords } = evaluate(candidate, records);
      const real = truth(candidate, records);
      const [low, high] = doublyRobust.interval!;
      if (low < real && real < high) contained++;
      expect(Math.sign(doublyRobust.value)).toBe(octaves);
      expect(Math.abs(importanceSampling - real)).toBeLessThan(0.3);
      expect(effectiveRecords).toBeLessThan(300);
    }
    // 19 expected; below 16 comes with a probability of 0.3%, and these seeds are fixed.
    expect(contained).toBeGreaterThanOrEqual(16);
  });

  it('knows a model that chooses as the current one by all of its records', () => {
    const records = decisions(current, { seed: 3, count: 200 });
    const figures = evaluate(current, records);
    expect(figures.effectiveRecords).toBeCloseTo(200, 6);
    expect(figures.importanceSampling).toBeCloseTo(0, 10);
    expect(figures.clippedShare).toBe(0);
  });

  it('cuts weights off and says how many', () => {
    const records = decisions(current, { seed: 3, count: 300, endpoints: 16 });
    const { clippedShare, effectiveRecords } = evaluate(leaning('latency', -8, 0.2), records);
    expect(clippedShare).toBeGreaterThan(0);
    expect(clippedShare).toBeLessThan(0.2);
    expect(effectiveRecords).toBeGreaterThan(300 / (16 * WEIGHT_CLIP));
  });
});

describe('ridge regression', () => {
  it('finds a line', () => {
    const draw = random(5);
    const inputs = Array.from({ length: 500 }, () => [normal(draw), normal(draw)]);
    const targets = inputs.map(([a, b]) => 3 + 2 * a! - b! + 0.01 * normal(draw));
    const line = fitRidge({ columns: 2, inputs, targets }, 1e-6);
    expect(predict(line, [1, 1])).toBeCloseTo(4, 2);
    expect(predict(line, [0, 0])).toBeCloseTo(3, 2);
  });
});

describe('the shadow', () => {
  const records = decisions(current, { seed: 11, count: 600 });

  it('passes a model that chooses much as the current one', () => {
    const verdict = judgeShadow(leaning('latency', -0.3), current, records);
    expect(verdict).toMatchObject({ passed: true, reasons: [], records: 600 });
    expect(verdict.agreement).toBeGreaterThan(0.85);
  });

  it('blocks a model that would be slower', () => {
    const { passed, reasons } = judgeShadow(leaning('latency', 2), current, records);
    expect(passed).toBe(false);
    expect(reasons[0]).toMatch(/estimated 1\.\d\d to \d\.\d\d times as slow/);
  });

  it('blocks a model that sends nearly all to one endpoint', () => {
    const { passed, reasons, largestShare } = judgeShadow(leaning('memory', 4), current, records);
    expect(passed).toBe(false);
    expect(reasons.at(-1)).toMatch(/sends \d\d% of api to one endpoint, the current model 2\d%/);
    expect(largestShare?.candidate).toBeGreaterThan(0.7);
  });

  it('blocks a model whose probabilities are not finite', () => {
    const broken = { ...leaning('latency', 1), outputScale: 3e38, temperature: 1e-38 };
    expect(decodeModel(encodeModel(broken)).temperature).toBeGreaterThan(0);
    expect(judgeShadow(broken, current, records).reasons).toEqual(['its probabilities are not finite']);
  });

  it('looks at no more decisions than it has time for', () => {
    const options = { ...SHADOW_DEFAULTS, mostRecords: 200 };
    expect(judgeShadow(leaning('latency', -0.3), current, records, options).records).toBe(200);
  });

  it('does not believe an estimate of few effective records', () => {
    const few = records.slice(0, 40);
    expect(judgeShadow(leaning('latency', 2), current, few).passed).toBe(true);
  });
});
