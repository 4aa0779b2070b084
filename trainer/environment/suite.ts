// The suite under bench/scenarios: which scenarios it has. The files are generated, only `weir scenario generate --suite`
// rewrites them.
import { FAMILIES, generateScenario, scenarioName, type Family, type ScenarioFile } from './generate.js';

/**
 * Seeds by family, as many even ones as odd ones, so that half of the scenarios has request classes. Picked for nothing
 * but that few draws cover every kind and both ends of the ranges; elsewhere the first two.
 */
const SEEDS: Readonly<Record<string, readonly number[]>> = {
  fleets: [1, 3, 4, 6],
  patterns: [1, 4, 9, 10],
  faults: [2, 3, 4, 7],
  crowds: [2, 3],
  requests: [1, 2, 3, 4],
  graphs: [2, 3, 4, 7],
  anything: [1, 2, 3, 6],
  uneven: [2, 3],
  'large-fleet': [4, 5],
  'heavy-tail': [1, 2, 3, 4],
  classes: [2, 4, 6, 7],
  swings: [1, 2, 4, 5],
  slowdowns: [1, 4],
  churn: [3, 4],
  errors: [1, 4],
  overload: [1, 4, 9, 16],
  'call-graph': [6, 8, 9, 15],
  'cold-start': [2, 3],
  'late-view': [2, 3],
};
const USUAL_SEEDS = [1, 2];
/** Those of the paper are one of a kind each, and their names have no number. */
const PAPER_SEEDS = [1];

export interface SuiteFile {
  /** Below bench/scenarios. */
  readonly path: string;
  readonly family: string;
  readonly scenario: ScenarioFile;
}

export function suiteFiles(): SuiteFile[] {
  return FAMILIES.flatMap((family) => seedsOf(family).map((seed) => suiteFile(family, seed)));
}

function seedsOf({ name, use }: Family): readonly number[] {
  return use === 'paper' ? PAPER_SEEDS : (SEEDS[name] ?? USUAL_SEEDS);
}

function suiteFile({ name: family, use }: Family, seed: number): SuiteFile {
  const name = use === 'paper' ? family : scenarioName(family, seed);
  return { path: `${use}/${name}.json`, family, scenario: { ...generateScenario(family, seed), name } };
}
