// `weir scenario check FILE...`
import type { Command } from 'commander';
import { loadScenario, ScenarioError, type Scenario } from '../environment/scenario.js';
import { plural } from '../mesh/view/text.js';
import { UsageError } from './errors.js';
import { outputFile, writeJson } from './options.js';

interface CheckResult {
  readonly file: string;
  readonly valid: boolean;
  readonly problems: readonly string[];
}

export function addScenarioCheck(scenario: Command): void {
  scenario
    .command('check')
    .description('validate scenario files; reports every problem of every file')
    .argument('<file...>', 'scenario files')
    .option('--json <out>', 'write the result as JSON to a file, or to stdout with -', outputFile)
    .action((files: string[], options: { json?: string }) => {
      const say = (line: string) =>
        (options.json === '-' ? process.stderr : process.stdout).write(`${line}\n`);
      const results = files.map((file) => checkFile(file, say));
      if (options.json !== undefined) writeJson(options.json, { results });
      const problems = results.flatMap((result) => result.problems);
      if (problems.length > 0) throw new UsageError(problems.join('\n'));
    });
}

function checkFile(file: string, say: (line: string) => void): CheckResult {
  try {
    say(`${file}: ok, ${describe(loadScenario(file))}`);
    return { file, valid: true, problems: [] };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return { file, valid: false, problems: error.problems };
  }
}

function describe({ name, services }: Scenario): string {
  const endpoints = services.reduce(
    (sum, s) => sum + s.endpoints.reduce((n, group) => n + group.count, 0),
    0,
  );
  return `${JSON.stringify(name)}: ${plural(services.length, 'service')}, ${plural(endpoints, 'endpoint')}`;
}
