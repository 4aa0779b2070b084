// Candidate against current on the same requests: paired runs of a set of scenarios, as ratios with their intervals.
import type { Scenario } from '../environment/scenario.js';
import {
  geometricInterval,
  geometricMean,
  mean,
  meanInterval,
  type Estimate,
} from '../evaluation/interval.js';
import type { Results, Run } from '../evaluation/results.js';

/** Runs of both models, the same plan: the policy `actor` alone. */
export interface Pairs {
  readonly scenarios: readonly Scenario[];
  readonly candidate: Results;
  readonly current: Results;
}

/**
 * What an interval generalises to. `seeds`: to other traffic of these very scenarios, as of the twin and of incidents,
 * which are this mesh itself. `scenarios`: to other scenarios of the kind, as of a suite.
 */
export type Unit = 'seeds' | 'scenarios';

export interface ScenarioRow {
  readonly scenario: string;
  /** Candidate / current, geometric means over the seeds; NaN where one of them answered nothing. */
  readonly meanRatio: number;
  readonly p99Ratio: number;
  /** Share of failures, candidate less current. */
  readonly errorsMore: number;
  readonly runs: number;
}

export interface SetFigures {
  readonly meanRatio: Estimate;
  readonly p99Ratio: Estimate;
  /** Both in one: their geometric mean. */
  readonly scoreRatio: Estimate;
  readonly errorsMore: Estimate;
  readonly rows: readonly ScenarioRow[];
}

interface Pair {
  readonly mean: number;
  readonly p99: number;
  readonly errors: number;
}

export function figuresOf(pairs: Pairs, unit: Unit): SetFigures {
  const all = pairs.scenarios.map((scenario) => pairsOf(pairs, scenario));
  const groups = unit === 'scenarios' && all.length > 1 ? all : transposed(all);
  const each = (of: (pair: Pair) => number, average: (values: readonly number[]) => number) =>
    groups.map((group) => average(group.map(of)));
  return {
    meanRatio: geometricInterval(each((pair) => pair.mean, geometricMean)),
    p99Ratio: geometricInterval(each((pair) => pair.p99, geometricMean)),
    scoreRatio: geometricInterval(each(({ mean, p99 }) => Math.sqrt(mean * p99), geometricMean)),
    errorsMore: meanInterval(each((pair) => pair.errors, mean)),
    rows: pairs.scenarios.map((scenario, i) => rowOf(scenario, all[i]!)),
  };
}

function pairsOf({ candidate, current }: Pairs, scenario: Scenario): Pair[] {
  const others = current.of(scenario, 'actor');
  return candidate.of(scenario, 'actor').map((run, seed) => ({
    mean: run.meanMs / others[seed]!.meanMs,
    p99: run.p99Ms / others[seed]!.p99Ms,
    errors: errorShare(run) - errorShare(others[seed]!),
  }));
}

const rowOf = (scenario: Scenario, pairs: readonly Pair[]): ScenarioRow => ({
  scenario: scenario.name,
  meanRatio: geometricMean(pairs.map((pair) => pair.mean)),
  p99Ratio: geometricMean(pairs.map((pair) => pair.p99)),
  errorsMore: mean(pairs.map((pair) => pair.errors)),
  runs: pairs.length,
});

const transposed = (rows: readonly (readonly Pair[])[]): Pair[][] =>
  rows[0]!.map((_, seed) => rows.map((row) => row[seed]!));

const errorShare = ({ errors, requests }: Run): number => (requests > 0 ? errors / requests : 0);
