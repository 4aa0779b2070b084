// Comparisons without a simulator and without a training.
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import type { ComparedRun, Comparison, CurvePoint } from '../../../trainer/comparison/comparison.js';
import {
  learnedPlan,
  lookShares,
  techniquesPlan,
  type ComparisonPlan,
} from '../../../trainer/comparison/plan.js';
import type { Run } from '../../../trainer/evaluation/results.js';
import { resultsOf } from '../evaluation/fakes.js';

export const scenario = (name: string, utilisation: number, kind = 'steady'): Scenario =>
  validateScenario(
    { name, seed: 10, services: [{ name: 'api' }], load: { utilisation, pattern: { kind } } },
    name,
  );

export const planOf = (changes: Partial<ComparisonPlan> = {}): ComparisonPlan => ({
  algorithms: ['one', 'two'],
  budget: { minutes: Infinity, updates: 100 },
  workers: 1,
  seeds: 2,
  scenarios: [scenario('calm', 0.6), scenario('busy', 0.95), scenario('ramp', 0.6, 'ramp')],
  validation: [scenario('valid', 0.5)],
  looks: lookShares(2),
  baseline: 'least-request',
  ...changes,
});

export interface Figures {
  /** What a technique's run of a scenario has; `seed` counts from 1. */
  readonly technique?: (policy: string, scenario: string, seed: number) => Partial<Run>;
  readonly learned?: (algorithm: string, scenario: string, seed: number) => Partial<Run>;
  readonly look?: (algorithm: string, progress: number, seed: number) => Partial<CurvePoint>;
}

export function comparisonOf(plan: ComparisonPlan, figures: Figures = {}): Comparison {
  const { technique = () => ({}), learned = () => ({}), look = () => ({}) } = figures;
  const run = (algorithm: string, seed: number): ComparedRun => ({
    algorithm,
    seed,
    curve: plan.looks.map((progress) => ({
      ...{ progress, decisions: 1000 * progress, elapsedMs: 5000 * progress, mean: 1, p99: 1 },
      ...look(algorithm, progress, seed),
    })),
    results: resultsOf(learnedPlan(plan, seed, 'actor'), (job) =>
      learned(algorithm, job.scenario.name, seed),
    ),
  });
  return {
    plan,
    peers: resultsOf(techniquesPlan(plan), (job) =>
      technique(job.policy, job.scenario.name, job.seed - job.scenario.seed + 1),
    ),
    runs: Array.from({ length: plan.seeds }, (_, i) =>
      plan.algorithms.map((algorithm) => run(algorithm, i + 1)),
    ).flat(),
    backend: 'wasm',
  };
}
