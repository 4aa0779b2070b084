import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  movement,
  nextWeights,
  type Destination,
  type WeightRange,
} from '../../../trainer/publish/route-weights/next-weights.js';

const FREE: WeightRange = { min: 0, max: 100, step: 1, maxMove: 100 };

function split(...shares: readonly number[]): Destination[] {
  const total = shares.reduce((a, b) => a + b, 0);
  return shares.map((share) => ({
    share: share / total,
    fair: 1 / shares.length,
    weight: 100 / shares.length,
  }));
}

it('turns shares into percentages by largest remainder', () => {
  expect(nextWeights(split(3, 3, 1), FREE)).toEqual([43, 43, 14]);
});

it('keeps the weights while none is a step from where it should be', () => {
  expect(nextWeights(split(53, 47), { ...FREE, step: 5 })).toBeUndefined();
  expect(nextWeights(split(55, 45), { ...FREE, step: 5 })).toEqual([55, 45]);
});

it('moves a weight no further than it may in one update, and gets there in several', () => {
  const range = { ...FREE, step: 5, maxMove: 10 };
  let weights: number[] = [50, 50];
  const seen = [weights];
  for (;;) {
    const next = nextWeights(
      split(90, 10).map((d, i) => ({ ...d, weight: weights[i]! })),
      range,
    );
    if (next === undefined) break;
    seen.push((weights = next));
  }
  expect(seen.map(([first]) => first)).toEqual([50, 60, 70, 80, 90]);
});

it('keeps within the range, as multiples of the fair share', () => {
  const range = { ...FREE, min: 0.5, max: 1.5 };
  expect(nextWeights(split(97, 1, 1, 1), range)).toEqual([37, 21, 21, 21]);
  expect(nextWeights(split(99, 0.5, 0.5), { ...FREE, min: 0.3 })).toEqual([80, 10, 10]);
});

it('takes smaller steps rather than leave the range', () => {
  // No three multiples of 20 from 30 to 40 make 100; three of 10 do.
  const destinations = split(60, 20, 20).map((destination, i) => ({
    ...destination,
    weight: [60, 20, 20][i]!,
  }));
  expect(nextWeights(destinations, { min: 0.9, max: 1.2, step: 20, maxMove: 100 })).toEqual([40, 30, 30]);
});

it('goes back into the range also where that is less than a step', () => {
  const destinations = split(1, 1).map((destination, i) => ({ ...destination, weight: [58, 42][i]! }));
  expect(nextWeights(destinations, { min: 0.9, max: 1.1, step: 10, maxMove: 100 })).toEqual([50, 50]);
});

it('gives nothing to a destination without endpoints', () => {
  const destinations = [
    { share: 1, fair: 1, weight: 50 },
    { share: 0, fair: 0, weight: 50 },
  ];
  expect(nextWeights(destinations, FREE)).toEqual([100, 0]);
});

it('counts the sum of the absolute changes', () => {
  expect(movement([50, 30, 20], [40, 35, 25])).toBe(20);
});

describe('for any shares, weights and range', () => {
  const integers = (size: number) =>
    fc
      .array(fc.nat(1000), { minLength: size, maxLength: size })
      .map((parts) => parts.map((part) => part + 1));
  const any = fc.integer({ min: 2, max: 12 }).chain((size) =>
    fc.record({
      shares: integers(size),
      fair: integers(size),
      weights: integers(size),
      range: fc.record({
        min: fc.double({ min: 0, max: 1, noNaN: true }),
        max: fc.double({ min: 1, max: 20, noNaN: true }),
        step: fc.constantFrom(1, 2, 4, 5, 10, 20),
        maxMove: fc.integer({ min: 20, max: 100 }),
      }),
    }),
  );
  const destinationsOf = (shares: number[], fair: number[], weights: number[]): Destination[] => {
    const sum = (values: number[]) => values.reduce((a, b) => a + b, 0);
    return shares.map((share, i) => ({
      share: share / sum(shares),
      fair: fair[i]! / sum(fair),
      weight: (100 * weights[i]!) / sum(weights),
    }));
  };

  it('weights are whole, sum to 100, keep to the range and move no further than they may', () => {
    fc.assert(
      fc.property(any, ({ shares, fair, weights, range }) => {
        const destinations = destinationsOf(shares, fair, weights);
        const next = nextWeights(destinations, range);
        if (next === undefined) return;
        expect(next.every(Number.isInteger)).toBe(true);
        expect(next.reduce((a, b) => a + b, 0)).toBe(100);
        next.forEach((weight, i) => {
          const { fair: part, weight: before } = destinations[i]!;
          // Out of the range only on the way back into it; whole percentages may pass a bound by less than 1.
          expect(weight).toBeGreaterThan(Math.min(before, 100 * range.min * part) - 1);
          expect(weight).toBeLessThan(Math.max(before, 100 * range.max * part) + 1);
          expect(Math.abs(weight - before)).toBeLessThan(range.maxMove + 1);
        });
      }),
    );
  });

  it('they come to rest within a few updates when the shares stay', () => {
    fc.assert(
      fc.property(any, ({ shares, fair, weights, range }) => {
        let destinations = destinationsOf(shares, fair, weights);
        for (let updates = 0; ; updates++) {
          const next = nextWeights(destinations, range);
          if (next === undefined) break;
          expect(updates).toBeLessThan(20);
          destinations = destinations.map((destination, i) => ({ ...destination, weight: next[i]! }));
        }
      }),
    );
  });

  it('a destination with a better score gets no less', () => {
    fc.assert(
      fc.property(any, fc.double({ min: 0.05, max: 1, noNaN: true }), ({ shares, range }, temperature) => {
        const scores = shares.map((share) => share / 200);
        const softmax = scores.map((score) => 2 ** (score / temperature));
        const equal = shares.map(() => 1);
        const next = nextWeights(destinationsOf(softmax, equal, equal), range);
        if (next === undefined) return;
        scores.forEach((score, i) =>
          scores.forEach((other, j) => {
            if (score > other) expect(next[i]!).toBeGreaterThanOrEqual(next[j]!);
          }),
        );
      }),
    );
  });
});
