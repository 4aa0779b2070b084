// `weir scenario generate`
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { formatJson } from '../environment/format.js';
import { FAMILIES, familyNames, generateScenario } from '../environment/generate.js';
import { suiteFiles } from '../environment/suite.js';
import { withSuiteTable } from '../environment/suite-table.js';
import { UsageError } from './errors.js';
import { outputFile, positiveWhole, writeJson } from './options.js';
import { packageRoot } from './package-root.js';

interface GenerateOptions {
  readonly family?: string;
  readonly seed: number;
  readonly count: number;
  readonly out?: string;
  readonly list?: boolean;
  readonly suite?: boolean;
  readonly force?: boolean;
  readonly json?: string;
}

interface Generated {
  /** Below the folder that is written to. */
  readonly path: string;
  readonly scenario: object;
}

const SUITE_FOLDER = 'bench/scenarios';
/** Say what to generate; exactly one of them. */
const WHAT = ['family', 'suite', 'list'] as const;

export function addScenarioGenerate(scenario: Command): void {
  scenario
    .command('generate')
    .description('write scenarios of a family: the same ones for the same seed, on every machine')
    .option('--family <name>', 'what the scenarios have in common; --list shows all', familyName)
    .option('--seed <n>', 'seed of the first one; even seeds have request classes', positiveWhole, 1)
    .option('--count <k>', 'how many, each with the next seed', positiveWhole, 1)
    .option('--out <dir>', `folder, or stdout with - (default: ., for --suite ${SUITE_FOLDER})`)
    .option('--force', 'overwrite files')
    .option('--list', 'show the families')
    .addOption(new Option('--suite', `write the suite of ${SUITE_FOLDER} instead`).conflicts('family'))
    .option('--json <out>', 'write the result as JSON to a file, or to stdout with -', outputFile)
    .action(generate);
}

function familyName(text: string): string {
  if (familyNames().includes(text)) return text;
  throw new InvalidArgumentError(`Expected one of ${familyNames().join(', ')}.`);
}

function generate(options: GenerateOptions): void {
  if (WHAT.filter((name) => options[name] !== undefined).length !== 1)
    throw new UsageError('weir scenario generate: expected one of --family <name>, --suite, --list');
  if (options.list) return list(options);
  const generated = options.suite ? suiteFiles() : family(options);
  if (options.out === '-') {
    for (const { scenario } of generated) process.stdout.write(formatJson(scenario));
    return;
  }
  const folder = options.out ?? (options.suite ? join(packageRoot, SUITE_FOLDER) : '.');
  const files = generated.map(({ path }) => join(folder, path));
  if (!options.force) refuseToOverwrite(files);
  for (const [i, { scenario }] of generated.entries()) write(files[i]!, formatJson(scenario));
  if (options.suite) updateTable(join(folder, 'README.md'));
  if (options.json !== undefined) writeJson(options.json, { files });
  if (options.json !== '-') process.stdout.write(files.map((file) => `${file}\n`).join(''));
}

function family({ family, seed, count }: GenerateOptions): Generated[] {
  return Array.from({ length: count }, (_, i) => {
    const scenario = generateScenario(family!, seed + i);
    return { path: `${scenario.name}.json`, scenario };
  });
}

function list({ json }: GenerateOptions): void {
  const families = FAMILIES.map(({ name, use, summary }) => ({ name, use, summary }));
  if (json !== undefined) writeJson(json, { families });
  if (json === '-') return;
  for (const { name, use, summary } of families)
    process.stdout.write(`${name.padEnd(15)} ${use.padEnd(11)} ${summary}\n`);
}

function refuseToOverwrite(files: readonly string[]): void {
  const [first, ...others] = files.filter((file) => existsSync(file));
  if (first === undefined) return;
  const all = others.length === 0 ? `${first}: exists` : `${first} and ${others.length} more: exist`;
  throw new UsageError(`${all}, expected --force to overwrite`);
}

function write(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`--out: ${file}: ${(error as Error).message}`);
  }
}

function updateTable(readme: string): void {
  if (existsSync(readme)) writeFileSync(readme, withSuiteTable(readFileSync(readme, 'utf8'), suiteFiles()));
}
