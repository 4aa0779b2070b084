// Scenario files from the command line: files and folders, every problem of every one at once.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadScenario, ScenarioError, type Scenario } from '../environment/scenario.js';

/**
 * The scenarios with the file of each. A folder stands for the JSON files in it, sorted.
 * @throws {ScenarioError} also where two have the same name, which results could not tell apart
 */
export function loadScenarios(paths: readonly string[]): Map<Scenario, string> {
  const problems: string[] = [];
  const files = new Map<Scenario, string>();
  const names = new Map<string, string>();
  for (const file of paths.flatMap((path) => filesOf(path, problems))) {
    try {
      const scenario = loadScenario(file);
      const other = names.get(scenario.name);
      if (other !== undefined)
        problems.push(
          `${file}: $.name: expected another than that of ${other}, got ${JSON.stringify(scenario.name)}`,
        );
      names.set(scenario.name, file);
      files.set(scenario, file);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      problems.push(...error.problems);
    }
  }
  if (problems.length > 0) throw new ScenarioError(problems);
  return files;
}

function filesOf(path: string, problems: string[]): string[] {
  // What is not there, the loader reports.
  if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  const names = readdirSync(path).filter((name) => name.endsWith('.json'));
  if (names.length === 0) problems.push(`${path}: $: expected a folder with scenario files, got none`);
  return names.sort().map((name) => join(path, name));
}
