import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ENDPOINT_FEATURES } from '../../../trainer/actor/features.js';
import { FEATURES } from '../../../trainer/actor/model.js';
import { HIDDEN_FIELDS } from '../../../trainer/environment/decisions.js';
import { toBatches, type Batch } from '../../../trainer/learning/batch.js';
import { RunningMean } from '../../../trainer/learning/mesh-statistics.js';
import { advantages, costs, utility, type RewardWeights } from '../../../trainer/learning/reward.js';
import { anyMade, experienceOf, type Made, type Row } from './support.js';

const NOTHING: RewardWeights = { others: 0, errors: 0, cpu: 0, memory: 0, moves: 0, exponent: 1 };

type Hidden = Partial<Record<(typeof HIDDEN_FIELDS)[number], number>>;
const row = (weight: number, known: Hidden, rate = 0): Row => ({
  weight,
  hidden: HIDDEN_FIELDS.map((name) => known[name] ?? 0),
  features: Array.from({ length: FEATURES }, (_, i) => (i === ENDPOINT_FEATURES.indexOf('rate') ? rate : 0)),
});

/** Two endpoints, chosen with 3/4 and 1/4, and one that could not be chosen. */
const decision: Made = {
  rows: [
    row(0.75, { latencyMs: 10, ownMs: 8, slots: 2, cpu: 0.2, memory: 0.2 }),
    row(0.25, { latencyMs: 20, ownMs: 16, slots: 4, cpu: 0.6, memory: 0.5 }, 32),
    row(-1, { latencyMs: 1, ownMs: 1, slots: 1, cpu: 0.7, memory: 0.5 }),
  ],
};
const batchOf = (...made: Made[]): Batch => toBatches([experienceOf(...made)])[0]!;
/** Requests that each of the three would delay. */
const DELAYS = Float32Array.of(3, 1, 50);

function costsOf(weights: Partial<RewardWeights>, of = decision): number[] {
  return [...costs(batchOf(of), DELAYS, { ...NOTHING, ...weights })];
}

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) expect(actual[i]).toBeCloseTo(value, 5);
}

describe('the cost of an action', () => {
  it('is its own latency, less 1, where differences count', () => {
    expectNear(costsOf({}), [9, 19, 0]);
  });

  it('is the logarithm of its latency where ratios count, and the power between', () => {
    expectNear(costsOf({ exponent: 0 }), [Math.log(10), Math.log(20), 0]);
    // (x^0.5 - 1) / 0.5.
    expectNear(costsOf({ exponent: 0.5 }), [2 * (Math.sqrt(10) - 1), 2 * (Math.sqrt(20) - 1), 0]);
    expect(utility(7, 1e-7)).toBeCloseTo(utility(7, 0), 5);
  });

  it('counts the delay of those behind: so many times its own time over the slots', () => {
    // 10 + 0.5 x 3 x 8/2 = 16, 20 + 0.5 x 1 x 16/4 = 22.
    expectNear(costsOf({ others: 0.5 }), [15, 21, 0]);
  });

  it('counts a failure as so many mean latencies more, with its probability', () => {
    const failing = {
      rows: [decision.rows[0]!, row(0.25, { latencyMs: 20, ownMs: 16, slots: 4, failure: 0.1 })],
    };
    // No mean is known yet: the own latency stands for it. 0.9 x 19 + 0.1 x (20 + 2 x 20 - 1).
    expectNear(costsOf({ errors: 2 }, failing), [9, 23]);
    // Now it is 0.75 x 10 + 0.25 x 20 = 12.5: 0.9 x 19 + 0.1 x (20 + 2 x 12.5 - 1).
    const twice = costs(batchOf(failing, failing), new Float32Array(4), { ...NOTHING, errors: 2 });
    expectNear([...twice], [9, 23, 9, 21.5]);
  });

  it('counts a mean latency a service, not one for all', () => {
    const made = [decision, { ...decision, service: 1 }];
    const batch = batchOf(...made);
    costs(batch, new Float32Array(6), NOTHING);
    const { statistics } = batch.origin[0]!.experience;
    expect(statistics.latencyOf(0).value).toBeCloseTo(12.5, 5);
    expect(statistics.latencyOf(1).value).toBeCloseTo(12.5, 5);
    expect(statistics.latencyOf(2).value).toBe(0);
  });

  it('counts utilisation above the mean of all endpoints, those that could not be chosen too', () => {
    // Mean of 0.2, 0.6 and 0.7: 0.5; of 0.2, 0.5 and 0.5: 0.4.
    expectNear(costsOf({ cpu: 1 }), [9 - 0.3, 19 + 0.1, 0]);
    expectNear(costsOf({ memory: 10 }), [9 - 2, 19 + 1, 0]);
  });

  it('counts what the endpoint did not get of the traffic of late', () => {
    // A rate of the mean is a third of it, of 2^1 times the mean two thirds.
    expectNear(costsOf({ moves: 3 }), [9 + 2, 19 + 1, 0]);
    const most = {
      rows: [decision.rows[0]!, row(0.25, { latencyMs: 20, slots: 1 }, 127), decision.rows[2]!],
    };
    // No more than all of it.
    expectNear(costsOf({ moves: 3 }, most), [9 + 2, 19, 0]);
  });

  it('is cut at the time-out, after which nobody waits', () => {
    const slow = { rows: [row(0.5, { latencyMs: 5000, slots: 1 }), row(0.5, { latencyMs: 10, slots: 1 })] };
    expectNear(costsOf({}, slow), [999, 9]);
  });
});

describe('advantages', () => {
  it('are costs less what the policy expects, in standard deviations of the mesh', () => {
    // Expected: 0.75 x 9 + 0.25 x 19 = 11.5; variance 0.75 x 2.5^2 + 0.25 x 7.5^2 = 18.75.
    const deviation = Math.sqrt(18.75 + 1e-4);
    const result = advantages(batchOf(decision), Float32Array.of(9, 19, 0), 10);
    expectNear([...result], [-2.5 / deviation, 7.5 / deviation, 0]);
  });

  it('are cut on both sides', () => {
    expectNear([...advantages(batchOf(decision), Float32Array.of(9, 19, 0), 0.5)], [-0.5, 0.5, 0]);
  });

  it('have an expectation of zero under the policy, where nothing is cut', () => {
    fc.assert(
      fc.property(fc.array(anyMade, { minLength: 1, maxLength: 5 }), (made) => {
        // As the filter has them: probabilities whose sum is 1.
        const chosen = made.map((of) => {
          const sum = of.rows.reduce((total, { weight }) => total + Math.max(0, weight!), 0);
          const rows = of.rows.map((each) => ({
            ...each,
            weight: each.weight! < 0 || sum === 0 ? -1 : each.weight! / sum,
          }));
          return { ...of, rows };
        });
        for (const batch of toBatches([experienceOf(...chosen)])) {
          const cost = Float32Array.from(batch.base);
          const result = advantages(batch, cost, Infinity);
          for (let d = 0; d < batch.decisions; d++) {
            let [expected, size] = [0, 0];
            for (let e = 0; e < batch.endpoints; e++) {
              const cell = d * batch.endpoints + e;
              expected += batch.behaviour[cell]! * result[cell]!;
              size = Math.max(size, Math.abs(result[cell]!));
            }
            // Up to 256 floats of 24 bits, as large as the largest; and as many probabilities with their own rounding.
            expect(Math.abs(expected)).toBeLessThan(1e-6 * (1 + size) * batch.endpoints + 1e-4);
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe('a running mean', () => {
  it('weighs its first samples alike, later ones at a hundredth', () => {
    const mean = new RunningMean();
    for (let i = 1; i <= 100; i++) mean.add(i);
    expect(mean.value).toBeCloseTo(50.5, 6);
    mean.add(150.5);
    expect(mean.value).toBeCloseTo(51.5, 6);
    for (let i = 0; i < 2000; i++) mean.add(7);
    expect(mean.value).toBeCloseTo(7, 5);
  });
});
