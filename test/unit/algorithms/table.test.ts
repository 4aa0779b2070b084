// The table of Q-learning: the simulator finds the cells that the learner writes, and chooses by them.
import { describe, expect, it } from 'vitest';
import { FEATURES } from '../../../trainer/actor/model.js';
import { ENDPOINT_FEATURES } from '../../../trainer/actor/features.js';
import { DIMENSIONS, qLearning } from '../../../trainer/algorithms/q-learning.js';
import { defaultsOf } from '../../../trainer/algorithms/defaults.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { simulate } from '../../../trainer/evaluation/simulate.js';
import { cellCount, cellOf, encodeTable } from '../../../trainer/environment/table.js';
import { loadBackend } from '../../../trainer/learning/backend.js';
import { MeshStatistics } from '../../../trainer/learning/mesh-statistics.js';
import { transitionsOf } from '../../../trainer/learning/measured.js';
import { settledStretch } from './support.js';

const random = createRandom(11);
const costs = Float32Array.from({ length: cellCount(DIMENSIONS) }, () => random.next());
const { scenario } = settledStretch();
const simulator = (table: Uint8Array) =>
  new Simulator(loadSimulator(), scenario, {
    policy: 'table',
    table,
    record: { share: 1, decisions: 2000, rows: 6000 },
  });

function decide(epsilon: number) {
  const mesh = simulator(encodeTable(DIMENSIONS, costs, epsilon));
  mesh.advance(2000);
  return mesh.takeDecisions();
}

describe('a table', () => {
  it('has a few thousand cells at most', () => {
    expect(cellCount(DIMENSIONS)).toBe(7 * 5 * 8 * 7);
  });

  it('opens the next bin at an edge', () => {
    const dimensions = [
      { feature: 'own_requests', edges: [10, 20] },
      { feature: 'latency', edges: [0] },
    ] as const;
    const features = new Int8Array(FEATURES);
    const cell = (own: number, latency: number) => {
      features[ENDPOINT_FEATURES.indexOf('own_requests')] = own;
      features[ENDPOINT_FEATURES.indexOf('latency')] = latency;
      return cellOf(dimensions, features, 0);
    };
    expect([cell(9, -1), cell(9, 0), cell(10, -1), cell(19, 5), cell(20, -128)]).toEqual([0, 1, 2, 3, 4]);
  });

  it.each([0, 0.3])(
    'has the simulator choose what the learner finds cheapest, but for a share of %f',
    (epsilon) => {
      const { count, first, features, weight, chosen } = decide(epsilon);
      expect(count).toBeGreaterThan(100);
      const cells = new Set<number>();
      let [odd, expected, variance] = [0, 0, 0];
      for (let d = 0; d < count; d++) {
        const rows = Array.from({ length: first[d + 1]! - first[d]! }, (_, i) => first[d]! + i);
        const of = rows.map((row) => costs[cellOf(DIMENSIONS, features, row)]!);
        const least = Math.min(...of);
        const ties = of.filter((cost) => cost === least).length;
        for (const [i, row] of rows.entries()) {
          const wanted = epsilon / rows.length + (of[i] === least ? (1 - epsilon) / ties : 0);
          expect(weight[row]).toBeCloseTo(wanted, 6);
          cells.add(cellOf(DIMENSIONS, features, row));
        }
        const other = epsilon * (1 - ties / rows.length);
        expected += other;
        variance += other * (1 - other);
        if (of[chosen[d]! - first[d]!] !== least) odd++;
      }
      expect(cells.size).toBeGreaterThan(50);
      // A sum of Bernoulli variables, five standard deviations.
      expect(Math.abs(odd - expected)).toBeLessThanOrEqual(5 * Math.sqrt(variance));
    },
  );

  it.each([
    ['nothing', new Uint8Array()],
    ['too short', encodeTable(DIMENSIONS, costs, 0).subarray(0, -4)],
    ['too long', encodeTable(DIMENSIONS, Float32Array.of(...costs, 1), 0)],
    ['of an epsilon that is no share', encodeTable(DIMENSIONS, costs, 1.5)],
    ['of an epsilon that is no number', encodeTable(DIMENSIONS, costs, NaN)],
    ['of a feature that does not exist', encodeTable(DIMENSIONS, costs, 0).fill(0xff, 8, 12)],
    ['of a million edges', encodeTable(DIMENSIONS, costs, 0).fill(0x0f, 12, 15)],
  ])('is refused where it is %s', (_, table) => {
    expect(() => simulator(table)).toThrow('the table cannot be used');
  });

  it('is evaluated as other policies are', () => {
    const table = encodeTable(DIMENSIONS, costs, 0);
    const job = { scenario: { ...scenario, requests: 300, warmup: 0 }, seed: 3 };
    const run = simulate(loadSimulator(), { ...job, policy: 'table' }, { policy: 'table', table });
    expect(run.requests).toBe(300);
    expect(run.decisionNs).toBeGreaterThan(0);
    // What was learned decides only where it is asked for.
    expect(simulate(loadSimulator(), { ...job, policy: 'random' }, { policy: 'table', table }).requests).toBe(
      300,
    );
  });

  it('is needed', () => {
    expect(() => new Simulator(loadSimulator(), scenario, { policy: 'table' })).toThrow('needs a table');
  });
});

describe('Q-learning', () => {
  it('moves the cell of the endpoint taken by a twentieth of the error', async () => {
    const { tf } = await loadBackend('wasm');
    const hyperparameters = defaultsOf(qLearning);
    const learner = qLearning.create({ tf, hyperparameters, random: createRandom(1), exploration: 1 });
    const seen = settledStretch();
    // All cells at 2, so that the next state is worth 2 whatever is chosen there; the last decision has no next one.
    const [first, ...rest] = transitionsOf(
      { ...seen, statistics: new MeshStatistics() },
      {
        ...hyperparameters.reward,
        others: 0,
      },
    )[0]!;
    const before = new Float32Array(cellCount(DIMENSIONS)).fill(2);
    const latency = seen.latency.map((value, d) =>
      d === first!.index || d === rest[0]!.index ? value : NaN,
    );
    const two = { ...seen, latency, statistics: new MeshStatistics() };
    const { gradient } = learner.update(before, [], [two])!;
    const { cost } = transitionsOf(
      { ...two, statistics: new MeshStatistics() },
      {
        ...hyperparameters.reward,
        others: 0,
      },
    )[0]![0]!;
    const cell = cellOf(DIMENSIONS, seen.decisions.features, seen.decisions.chosen[first!.index]!);
    // Against the gradient by a step of 1: 2 + 0.05 (cost + 0.5 x 2 - 2).
    expect(-gradient[cell]!).toBeCloseTo(0.05 * (cost + 0.5 * 2 - 2), 6);
    expect(gradient.filter((g) => g !== 0)).toHaveLength(1);
  });
});
