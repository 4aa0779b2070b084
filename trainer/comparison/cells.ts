// The traffic of a scenario: how its load runs, and how high it is.
import type { LoadPattern } from '../environment/schema.js';
import type { Scenario } from '../environment/scenario.js';

export const PATTERNS = [
  'steady',
  'burst',
  'diurnal',
  'ramp',
  'trace',
] as const satisfies readonly LoadPattern['kind'][];
export type Pattern = LoadPattern['kind'];

export const LEVELS = ['normal', 'stress'] as const;
export type Level = (typeof LEVELS)[number];

/** Utilisation of the entry service from which a load is called stress. The paper's two are 0.6 and 0.95. */
export const STRESS_FROM = 0.8;

export interface Cell {
  readonly level: Level;
  readonly pattern: Pattern;
  /** Places in the list of scenarios. */
  readonly scenarios: readonly number[];
}

export const levelOf = ({ load }: Scenario): Level => (load.utilisation < STRESS_FROM ? 'normal' : 'stress');

/** Those that have scenarios, by level, then by pattern. */
export function cellsOf(scenarios: readonly Scenario[]): Cell[] {
  return LEVELS.flatMap((level) =>
    PATTERNS.map((pattern) => {
      const isIn = (scenario: Scenario) =>
        levelOf(scenario) === level && scenario.load.pattern.kind === pattern;
      return {
        level,
        pattern,
        scenarios: scenarios.flatMap((scenario, place) => (isIn(scenario) ? [place] : [])),
      };
    }),
  ).filter((cell) => cell.scenarios.length > 0);
}
