// Scenario files: read, validated as a whole, complete with every default.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checkMeaning } from './checks.js';
import { fillNames } from './names.js';
import { formatPath, shapeProblems } from './problems.js';
import { scenarioSchema, type Scenario } from './schema.js';

export type { Fault, LoadPattern, Scenario, Service, ServiceTime } from './schema.js';

/** Everything that is wrong with a scenario file: one line a problem, each naming the file and the field. */
export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';

  constructor(readonly problems: readonly string[]) {
    super(problems.join('\n'));
  }
}

/**
 * Validates a scenario.
 * @param raw what the JSON says
 * @param file how messages call it; its base name is the default of `name`
 * @throws {ScenarioError} with every problem at once
 */
export function validateScenario(raw: unknown, file: string): Scenario {
  const filled = fillNames(raw, basename(file, '.json') || 'scenario');
  const shape = scenarioSchema.safeParse(filled);
  const problems = [
    ...(shape.success ? [] : shapeProblems(shape.error.issues, filled)),
    ...checkMeaning(filled),
  ];
  if (shape.success && problems.length === 0) return shape.data;
  throw new ScenarioError(problems.map(({ path, text }) => `${file}: ${formatPath(path)}: ${text}`));
}

/** Validates the text of a scenario file. @throws {ScenarioError} */
export function parseScenario(text: string, file: string): Scenario {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    const reason = (error as Error).message.replace(/\s+/g, ' ');
    throw new ScenarioError([`${file}: $: expected JSON, got ${reason}`]);
  }
  return validateScenario(raw, file);
}

/** Reads and validates a scenario file. @throws {ScenarioError} also where it cannot be read */
export function loadScenario(file: string): Scenario {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new ScenarioError([`${file}: $: cannot be read: ${(error as Error).message}`]);
  }
  return parseScenario(text, file);
}
