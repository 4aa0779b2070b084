// What a comparison found, and its contenders side by side.
import type { Results, Run } from '../evaluation/results.js';
import type { ComparisonPlan } from './plan.js';

/** A look at a training. */
export interface CurvePoint {
  /** Share of the budget. */
  readonly progress: number;
  readonly decisions: number;
  readonly elapsedMs: number;
  /** On the validation scenarios, as ratios to the best peer: mean latency, and p99. */
  readonly mean: number;
  readonly p99: number;
}

/** One training and what came of it. */
export interface ComparedRun {
  readonly algorithm: string;
  readonly seed: number;
  readonly curve: readonly CurvePoint[];
  /** One run for each scenario, in the plan's order. */
  readonly results: Results;
}

export interface Comparison {
  readonly plan: ComparisonPlan;
  /** Of the techniques. */
  readonly peers: Results;
  readonly runs: readonly ComparedRun[];
  /** What TensorFlow.js computed on. */
  readonly backend: string;
}

/** An algorithm or a technique. */
export interface Contender {
  readonly name: string;
  /** By scenario in the plan's order, then by seed: the same places are pairs, which met the same requests. */
  readonly runs: readonly (readonly Run[])[];
}

export const trainingsOf = ({ runs }: Comparison, algorithm: string): ComparedRun[] =>
  runs.filter((run) => run.algorithm === algorithm);

export function learned(comparison: Comparison): Contender[] {
  const { algorithms, scenarios } = comparison.plan;
  return algorithms.map((name) => {
    const trainings = trainingsOf(comparison, name);
    return { name, runs: scenarios.map((_, i) => trainings.map(({ results }) => results.runs[i]!)) };
  });
}

export function techniques({ plan, peers }: Comparison): Contender[] {
  return peers.plan.policies.map((name) => ({
    name,
    runs: plan.scenarios.map((scenario) => peers.of(scenario, name)),
  }));
}
