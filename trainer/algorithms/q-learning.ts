// Tabular Q-learning (Watkins and Dayan, Q-learning, Machine Learning 8, 1992) on a coarse view of an endpoint:
//
//   Q(cell) moves by alpha (c + gamma min over a' of Q(cell of a')) - Q(cell))
//
// for the endpoint taken, decision by decision; a' are the endpoints at the service's next decision, c is the measured cost
// of the request's own latency against the mean of its mesh. The simulator serves the table by a policy of its own, which
// takes the least cost and, with a probability that goes down in the course of the training, any endpoint.
import { cellCount, cellOf, encodeTable, type Dimension } from '../environment/table.js';
import type { Experience } from '../learning/experience.js';
import { transitionsOf, type Transition } from '../learning/measured.js';
import { layout, type Layout } from '../learning/parameters.js';
import { meanReturn } from '../learning/sampled.js';
import type { Algorithm, Hyperparameters, Learner, LearnerContext, Update } from './algorithm.js';

/** Int8 of a count as plugin/core/features.ts has it: log2(1 + n) / 2 in units of 1/32. */
const counted = (n: number): number => Math.round(16 * Math.log2(1 + n));
/** Of a ratio, log2 in units of 1/32. */
const ratio = (x: number): number => Math.round(32 * Math.log2(x));

/** 7 x 5 x 8 x 7 = 1960 cells; an edge opens the next bin. */
export const DIMENSIONS: readonly Dimension[] = [
  { feature: 'own_requests', edges: [1, 2, 3, 4, 6, 9].map(counted) },
  { feature: 'sibling_requests', edges: [1, 2, 4, 8].map(counted) },
  { feature: 'latency', edges: [0.35, 0.5, 0.71, 1, 1.41, 2, 2.83].map(ratio) },
  // The server's own word: requests in flight there. Where it has said nothing of late, it counts as idle.
  { feature: 'server_requests', edges: [1, 2, 3, 5, 8, 13].map(counted) },
];

const ALPHA = 0.05;
/** As in dqn.ts. */
const GAMMA = 0.5;
/** Share of random choices at the start and at the end. */
const CURIOUS = 0.3;
const SETTLED = 0.01;

const cells: Layout = layout([{ name: 'costs', rows: 1, columns: cellCount(DIMENSIONS), fanIn: 0 }]);

const epsilonAt = (progress: number): number => CURIOUS * (SETTLED / CURIOUS) ** progress;

class QLearner implements Learner {
  constructor(readonly context: LearnerContext) {}

  update(
    parameters: Float32Array,
    _fresh: readonly Experience[],
    settled: readonly Experience[],
  ): Update | undefined {
    const reward = { ...this.context.hyperparameters.reward, others: 0 };
    const seen = settled.flatMap((experience) => transitionsOf(experience, reward).flat());
    if (seen.length === 0) return undefined;
    const costs = parameters.slice();
    let errors = 0;
    for (const { experience, index, cost, next } of seen) {
      if (!next) continue;
      const { chosen, features } = experience.decisions;
      const cell = cellOf(DIMENSIONS, features, chosen[index]!);
      const error = cost + GAMMA * leastOf(costs, next) - costs[cell]!;
      costs[cell]! += ALPHA * error;
      errors += error ** 2 / 2;
    }
    // A step of size 1 against it makes these moves, for whatever the table has become meanwhile.
    const gradient = parameters.map((before, cell) => before - costs[cell]!);
    const metrics = { policyLoss: 0, valueLoss: errors / seen.length, entropy: 0 };
    return { gradient, metrics: { ...metrics, return: meanReturn(seen), temperature: SETTLED } };
  }
}

function leastOf(costs: Float32Array, { experience, index }: Transition): number {
  const { first, weight, features } = experience.decisions;
  let least = Infinity;
  for (let row = first[index]!; row < first[index + 1]!; row++)
    if (weight[row]! >= 0) least = Math.min(least, costs[cellOf(DIMENSIONS, features, row)]!);
  return least;
}

export const qLearning: Algorithm = {
  name: 'q-learning',
  serves: 'table',
  // Its gradients are steps already; they get shorter as those of the others do.
  defaults: { optimiser: 'sgd', learningRate: 1, clipGradient: 1e6 },
  layout: (_hyperparameters: Hyperparameters) => cells,
  // Every cell as the mean: what was never tried is better than what was found to be worse.
  initialise: () => new Float32Array(cells.size),
  serve(_hyperparameters, parameters, exploration, progress) {
    const epsilon = Math.min(1, epsilonAt(progress) * exploration);
    return { policy: 'table', table: encodeTable(DIMENSIONS, parameters, epsilon) };
  },
  create: (context) => new QLearner(context),
};
