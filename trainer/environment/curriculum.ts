// What is learned on: scenarios at random out of the families for training, never one of those for validation.
import { familyNames, generateScenario } from './generate.js';
import type { Random } from './random.js';
import { validateScenario, type Scenario } from './scenario.js';

/** Numbers of the scenarios: far from those of the suite under bench/scenarios. */
const FIRST = 1000;
const COUNT = 1_000_000;

export type Curriculum = (random: Random) => Scenario;

/** Any family for training, any number. */
export const trainingFamilies: Curriculum = (random) => {
  const families = familyNames('training');
  const family = families[random.int(families.length)]!;
  return validateScenario(generateScenario(family, FIRST + random.int(COUNT)), family);
};

/** One of a list, its seed drawn anew each time. */
export const fixedScenarios =
  (scenarios: readonly Scenario[]): Curriculum =>
  (random) => ({ ...scenarios[random.int(scenarios.length)]!, seed: 1 + random.int(COUNT) });

/** A list, with a share of the families for training among them; without a list those alone. */
export function curriculumOf(scenarios: readonly Scenario[], families: number): Curriculum {
  if (scenarios.length === 0) return trainingFamilies;
  const fixed = fixedScenarios(scenarios);
  // No number is drawn where there is no choice: a training on a list repeats to the bit.
  return (random) => (families > 0 && random.next() < families ? trainingFamilies : fixed)(random);
}
