// What hyperparameters may be, checked before a training starts rather than by what goes wrong in its threads.
import { OPTIMISERS } from '../learning/optimiser.js';
import type { Hyperparameters } from './algorithm.js';

/** What a value should have been; undefined where it is fine. */
type Rule = (value: unknown) => string | undefined;
type Rules<T> = { readonly [Name in keyof T]: T[Name] extends string | number ? Rule : Rules<T[Name]> };

const number =
  (expected: string, fits: (value: number) => boolean): Rule =>
  (value) =>
    typeof value === 'number' && Number.isFinite(value) && fits(value) ? undefined : expected;

const above0 = number('a number above 0', (value) => value > 0);
const notNegative = number('a number from 0 on', (value) => value >= 0);
const share = number('a number above 0, at most 1', (value) => value > 0 && value <= 1);
const channels = number('4 to 64, a multiple of 4', (value) => value >= 4 && value <= 64 && value % 4 === 0);
const count = number('a whole number above 0', (value) => Number.isInteger(value) && value > 0);

const RULES: Rules<Hyperparameters> = {
  hidden1: channels,
  hidden2: channels,
  temperature: above0,
  learningRate: share,
  finalLearningRate: number('a number from 0 to 1', (value) => value >= 0 && value <= 1),
  optimiser: (value) =>
    (OPTIMISERS as readonly unknown[]).includes(value) ? undefined : `one of ${OPTIMISERS.join(', ')}`,
  entropy: notNegative,
  value: notNegative,
  clipAdvantage: above0,
  clipGradient: above0,
  reward: {
    others: notNegative,
    errors: notNegative,
    cpu: notNegative,
    memory: notNegative,
    moves: notNegative,
    exponent: number('a number from 0 to 1', (value) => value >= 0 && value <= 1),
  },
  meshes: count,
  meshesPerUpdate: count,
  rows: count,
  share,
  life: above0,
  averaging: number('a number from 0, below 1', (value) => value >= 0 && value < 1),
};

/** @throws {RangeError} naming the first that is wrong, its value and what was expected */
export function checkHyperparameters(hyperparameters: Hyperparameters): void {
  check(hyperparameters, RULES, '');
}

interface AnyRules {
  readonly [name: string]: Rule | AnyRules;
}

function check(values: object, rules: AnyRules, prefix: string): void {
  for (const [name, rule] of Object.entries(rules)) {
    const value = (values as Record<string, unknown>)[name];
    if (typeof rule === 'object') {
      check(value as object, rule, `${name}.`);
      continue;
    }
    const expected = rule(value);
    if (expected !== undefined)
      throw new RangeError(`${prefix}${name}=${String(value)}: expected ${expected}`);
  }
}
