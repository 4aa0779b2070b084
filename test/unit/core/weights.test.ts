import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { address, cluster, freshCore } from './support.js';

const core = freshCore();

interface Asked {
  scores: readonly number[];
  temperature?: number;
  min?: number;
  max?: number;
  step?: number;
}

/** Weights of a cluster without holes; with `past`, the weights of the last decision are kept. */
function weigh({ scores, temperature = 0.2, min = 0, max = 1e9, step = 0 }: Asked, past = false): number[] {
  if (!past) {
    cluster(core, scores.length);
    core.refresh(0);
  }
  scores.forEach((score, i) => core.set('Score', i, score));
  core.setBounds({ min, max, step });
  core.weigh(temperature);
  return scores.map((_, i) => core.get('Weight', i));
}

function softmax(scores: readonly number[], temperature: number): number[] {
  const best = Math.max(...scores);
  const powers = scores.map((score) => 2 ** ((score - best) / temperature));
  const sum = powers.reduce((a, b) => a + b);
  return powers.map((power) => power / sum);
}

const total = (weights: readonly number[]) => weights.reduce((a, b) => a + b, 0);
const scoresOf = (least: number, most: number) =>
  fc.array(fc.float({ min: -20, max: 20, noNaN: true }), { minLength: least, maxLength: most });
const temperature = fc.float({ min: Math.fround(0.05), max: 5, noNaN: true });

describe('weights without bounds', () => {
  it('are the softmax in base 2, within the errors of its parts', () => {
    fc.assert(
      fc.property(scoresOf(1, 40), temperature, (scores, t) => {
        const weights = weigh({ scores, temperature: t });
        const sharpest = 40 / t;
        // exp2: 4e-6 twice (term and sum); the exponent is rounded three times, 2^-24 of at most `sharpest`, and each
        // counts ln 2; sum and quotient: n + 2 roundings.
        const relative = 8e-6 + 3 * sharpest * 0.7 * 2 ** -24 + (scores.length + 2) * 2 ** -24;
        softmax(scores, t).forEach((exact, i) => {
          expect(Math.abs(weights[i]! - exact)).toBeLessThanOrEqual(exact * relative + 1e-30);
        });
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it('sum to 1 and are no less than nothing for any finite score', () => {
    const any = fc.array(fc.float({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }), {
      minLength: 1,
      maxLength: 256,
    });
    fc.assert(
      fc.property(any, fc.constantFrom(1e-45, 1e-30, 1e-3, 1, 1e30), (scores, t) => {
        const weights = weigh({ scores, temperature: t });
        expect(weights.every((weight) => weight >= 0)).toBe(true);
        expect(total(weights)).toBeCloseTo(1, 4);
      }),
      { seed: 2, numRuns: 100 },
    );
  });

  it('are nothing for who is not eligible and for holes', () => {
    cluster(core, 6);
    core.eject(2, 0);
    core.remove(4);
    core.refresh(1);
    const weights = weigh({ scores: [1, 2, 50, 2, 50, 1] }, true);
    expect([weights[2], weights[4]]).toEqual([0, 0]);
    expect(total(weights)).toBeCloseTo(1, 6);
  });
});

describe('bounds', () => {
  const bound = fc.record({
    min: fc.float({ min: 0, max: 1, noNaN: true }),
    max: fc.float({ min: 1, max: 8, noNaN: true }),
  });

  it('hold for every endpoint, and the sum stays 1', () => {
    fc.assert(
      fc.property(scoresOf(1, 64), temperature, bound, (scores, t, { min, max }) => {
        const n = scores.length;
        const weights = weigh({ scores, temperature: t, min, max });
        // A rounding for each endpoint, of shares that sum to 1.
        const slack = 2 ** -22;
        for (const weight of weights) {
          expect(weight).toBeGreaterThanOrEqual(min / n - slack);
          expect(weight).toBeLessThanOrEqual(max / n + slack);
        }
        expect(Math.abs(total(weights) - 1)).toBeLessThan((n + 4) * 2 ** -22);
      }),
      { seed: 3, numRuns: 500 },
    );
  });

  it('hold for 256 endpoints whose scores fall like a staircase', () => {
    const scores = Array.from({ length: 256 }, (_, i) => -i * 0.05);
    for (const [min, max] of [
      [0, 1.01],
      [0.9, 1.1],
      [0.5, 4],
      [0, 2],
    ] as const) {
      const weights = weigh({ scores, min, max });
      expect(Math.max(...weights)).toBeLessThanOrEqual((max / 256) * (1 + 1e-5));
      expect(Math.min(...weights)).toBeGreaterThanOrEqual((min / 256) * (1 - 1e-5));
      expect(total(weights)).toBeCloseTo(1, 4);
    }
  });

  it('keep the order of the scores', () => {
    fc.assert(
      fc.property(scoresOf(2, 32), bound, (scores, { min, max }) => {
        const weights = weigh({ scores, min, max });
        scores.forEach((score, i) => {
          const next = (i + 1) % scores.length;
          if (score >= scores[next]!) expect(weights[i]! - weights[next]!).toBeGreaterThan(-(2 ** -20));
        });
      }),
      { seed: 4, numRuns: 200 },
    );
  });

  it('leave the rest in the proportions of the softmax', () => {
    const weights = weigh({ scores: [4, 1, 0.5, 0], temperature: 1, max: 2 });
    expect(weights[0]).toBeCloseTo(0.5, 6);
    expect(weights[1]! / weights[3]!).toBeCloseTo(2, 4);
    expect(total(weights)).toBeCloseTo(1, 6);
  });

  it('that cannot be met end at the fair share', () => {
    for (const bounds of [
      { min: 2, max: 0.5 },
      { min: 1, max: 1 },
      { min: 9, max: 9 },
      { min: 0, max: 0 },
    ]) {
      const weights = weigh({ scores: [3, 0, 1, 2, 8], ...bounds });
      const most = Math.max(bounds.max, 1) / 5;
      expect(total(weights)).toBeCloseTo(1, 5);
      for (const weight of weights) expect(weight).toBeLessThan(most + 1e-6);
      if (bounds.max <= 1) for (const weight of weights) expect(weight).toBeCloseTo(0.2, 5);
    }
  });
});

describe('a step', () => {
  const step = fc.constantFrom(0.05, 0.1, 0.25, 0.3, 0.5, 1, 1.7, 3);
  /** As in weights.ts: the finest grid that is no coarser than step / n and has the sum 1. */
  const unitOf = (n: number, size: number) => 1 / Math.ceil(n / size - 1e-3);

  it('is the granularity of every weight, and the sum is 1', () => {
    fc.assert(
      fc.property(scoresOf(1, 64), temperature, step, (scores, t, size) => {
        const unit = unitOf(scores.length, size);
        const weights = weigh({ scores, temperature: t, step: size });
        for (const weight of weights)
          expect(Math.abs(weight / unit - Math.round(weight / unit))).toBeLessThan(1e-3);
        expect(total(weights)).toBeCloseTo(1, 5);
      }),
      { seed: 5, numRuns: 300 },
    );
  });

  it('is the largest move of a weight from one decision to the next', () => {
    fc.assert(
      fc.property(
        fc
          .integer({ min: 1, max: 40 })
          .chain((n) => fc.array(scoresOf(n, n), { minLength: 2, maxLength: 6 })),
        step,
        fc.constantFrom({ min: 0, max: 1e9 }, { min: 0.25, max: 2 }),
        (decisions, size, bounds) => {
          const unit = unitOf(decisions[0]!.length, size);
          let past: number[] | undefined;
          for (const scores of decisions) {
            const weights = weigh({ scores, step: size, ...bounds }, past !== undefined);
            weights.forEach((weight, i) => {
              expect(weight).toBeGreaterThanOrEqual(0);
              if (past) expect(Math.abs(weight - past[i]!)).toBeLessThan(unit * 1.001 + 1e-6);
            });
            expect(total(weights)).toBeCloseTo(1, 4);
            past = weights;
          }
        },
      ),
      { seed: 6, numRuns: 300 },
    );
  });

  it('arrives at the wanted weights, one step at a time', () => {
    weigh({ scores: [0, -50], temperature: 1, step: 0.5 });
    const first: number[] = [];
    for (let k = 0; k < 6; k++) first.push(weigh({ scores: [-50, 0], temperature: 1, step: 0.5 }, true)[0]!);
    // Two endpoints: a step is a quarter.
    expect(first).toEqual([0.75, 0.5, 0.25, 0, 0, 0]);
  });

  it('holds the bounds that lie on its grid', () => {
    fc.assert(
      fc.property(scoresOf(2, 32), fc.constantFrom(0.05, 0.1, 0.25, 0.5), (scores, size) => {
        const weights = weigh({ scores, step: size, min: 0.5, max: 2 });
        for (const weight of weights) {
          expect(weight * scores.length).toBeGreaterThan(0.5 - 1e-3);
          expect(weight * scores.length).toBeLessThan(2 + 1e-3);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  it('shares what an ejected endpoint had, at once', () => {
    weigh({ scores: [0, 0, 0, 0], step: 0.1 });
    core.eject(1, 5);
    core.refresh(6);
    const weights = weigh({ scores: [0, 0, 0, 0], step: 0.1 }, true);
    expect(weights[1]).toBe(0);
    expect(total(weights)).toBeCloseTo(1, 6);
    for (const i of [0, 2, 3]) expect(Math.abs(weights[i]! - 1 / 3)).toBeLessThan(1 / 30 + 1e-6);
  });

  it('lets a new endpoint in by steps', () => {
    weigh({ scores: [0, 0], step: 0.5 });
    const joined = core.add(address(9), 0);
    core.refresh(0);
    const weights: number[] = [];
    for (let k = 0; k < 4; k++) weights.push(weigh({ scores: [0, 0, 0], step: 0.5 }, true)[joined]!);
    // Three endpoints: a step is a sixth, the fair share two of them.
    weights.forEach((weight, k) => expect(weight * 6).toBeCloseTo(Math.min(k + 1, 2), 3));
  });
});
