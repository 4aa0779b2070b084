// Scenarios by family and seed: the suite under bench/scenarios, and fleets at random for training.
import { compose } from './families/compose.js';
import { PAPER } from './families/paper.js';
import type { ScenarioFile } from './families/scenario-file.js';
import { TRAINING } from './families/training.js';
import { VALIDATION } from './families/validation.js';
import { createRandom, type Random } from './random.js';

export type { ScenarioFile } from './families/scenario-file.js';

export interface Family {
  readonly name: string;
  /** What its scenarios have in common, in a line. */
  readonly summary: string;
  /** Nothing may learn from families for validation. */
  readonly use: 'training' | 'validation' | 'paper';
  readonly draw: (name: string, seed: number, random: Random) => ScenarioFile;
}

const composed = (families: typeof TRAINING, use: Family['use']): Family[] =>
  Object.entries(families).map(([name, [summary, blueprint]]) => ({
    name,
    summary,
    use,
    draw: (scenario, seed, random) => compose(blueprint, scenario, seed, random),
  }));

export const FAMILIES: readonly Family[] = [
  ...composed(TRAINING, 'training'),
  ...composed(VALIDATION, 'validation'),
  ...PAPER.map(({ name, summary, draw }): Family => ({
    name,
    summary,
    use: 'paper',
    draw: (scenario, _seed, random) => draw(scenario, random),
  })),
];

export const familyNames = (use?: Family['use']): string[] =>
  FAMILIES.filter((family) => use === undefined || family.use === use).map(({ name }) => name);

/** `bursts-02`: without its number, the name of a scenario is that of its family. */
export const scenarioName = (family: string, seed: number): string =>
  `${family}-${String(seed).padStart(2, '0')}`;

/**
 * A scenario, the same on every machine for the same family and seed. Fields with their default may be missing.
 * @param family one of `familyNames()`
 * @param seed a whole number; scenarios of even seeds have request classes, and all of families about classes
 * @throws {Error} where there is no such family
 */
export function generateScenario(family: string, seed: number): ScenarioFile {
  const found = FAMILIES.find(({ name }) => name === family);
  if (!found) throw new Error(`no family ${family}: expected one of ${familyNames().join(', ')}`);
  return found.draw(scenarioName(family, seed), seed, createRandom(seed).fork(family));
}
