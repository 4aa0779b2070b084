// `weir compare`: learning algorithms with one budget each, and the classic techniques, on the same requests.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { algorithmNames } from '../algorithms/registry.js';
import type { Comparison } from '../comparison/comparison.js';
import { hasMarks, BEGIN, END } from '../comparison/markdown.js';
import { lookShares, TECHNIQUES, type ComparisonPlan } from '../comparison/plan.js';
import { runComparison } from '../comparison/run.js';
import { renderSummary } from '../comparison/terminal.js';
import type { SimulatorPolicy } from '../environment/policies.js';
import { machine } from '../evaluation/machine.js';
import { defaultBaseline } from '../evaluation/plan.js';
import { progress, type Progress } from '../evaluation/progress.js';
import { Interrupted, UsageError } from './errors.js';
import { outputFile, positiveNumber, positiveWhole, writeJson, writeText } from './options.js';
import { packageRoot } from './package-root.js';
import { loadScenarios } from './scenario-files.js';
import { onSignals } from './signals.js';

interface CompareOptions {
  readonly algorithm: readonly string[];
  readonly minutes?: number;
  readonly updates?: number;
  readonly seeds: number;
  readonly workers: number;
  readonly scenario: readonly string[];
  readonly validate: readonly string[];
  readonly looks: number;
  readonly baseline: SimulatorPolicy;
  readonly jobs: number;
  readonly json?: string;
  readonly html?: string;
  readonly figures?: string;
  readonly markdown?: string;
}

const DEFAULT_MINUTES = 1;
const DEFAULT_SCENARIOS = 'bench/scenarios/paper';
const DEFAULT_VALIDATION = 'bench/scenarios/validation';

export function addCompare(program: Command): void {
  program
    .command('compare')
    .description(
      'train every algorithm with the same budget, and compare what they learned with the classic techniques',
    )
    .addOption(
      new Option('--algorithm <names>', `a,b,c of ${algorithmNames().join(', ')}`)
        .argParser(algorithms)
        .default(algorithmNames(), 'all'),
    )
    .option(
      '--minutes <n>',
      `budget of each training in minutes (default: ${DEFAULT_MINUTES}, or none with --updates)`,
      positiveNumber,
    )
    .option('--updates <n>', 'budget of each training in updates of all its workers', positiveWhole)
    .option('--seeds <n>', 'trainings of each algorithm', positiveWhole, 3)
    .option('--workers <n>', 'worker threads of a training', positiveWhole, availableParallelism())
    .addOption(
      new Option('--scenario <path...>', 'scenarios to compare on').default(
        [join(packageRoot, DEFAULT_SCENARIOS)],
        DEFAULT_SCENARIOS,
      ),
    )
    .addOption(
      new Option('--validate <path...>', 'scenarios for the learning curves').default(
        [join(packageRoot, DEFAULT_VALIDATION)],
        DEFAULT_VALIDATION,
      ),
    )
    .option('--looks <n>', 'looks at each training, beside the one at its start', positiveWhole, 4)
    .option('--baseline <name>', 'what latencies are compared with', technique, defaultBaseline(TECHNIQUES))
    .option('--json <out>', 'write every run as JSON to a file, or to stdout with -', outputFile)
    .option('--html <out>', 'write a report with figures, one file', outputFile)
    .option('--figures <dir>', 'write the figures as SVG files')
    .option('--markdown <file>', 'write the tables between the marks of a page in Markdown', markdownFile)
    .option('--jobs <n>', 'worker threads of the evaluations', positiveWhole, availableParallelism())
    .action(compare);
}

/** Names separated by commas; each counts once. */
function algorithms(text: string): readonly string[] {
  const names = [...new Set(text.split(',').map((name) => name.trim()))];
  const unknown = names.find((name) => !algorithmNames().includes(name));
  if (unknown === undefined) return names;
  throw new InvalidArgumentError(
    `Expected one of ${algorithmNames().join(', ')}, got ${JSON.stringify(unknown)}.`,
  );
}

function technique(text: string): SimulatorPolicy {
  const found = TECHNIQUES.find((policy) => policy === text);
  if (found) return found;
  throw new InvalidArgumentError(`Expected one of ${TECHNIQUES.join(', ')}.`);
}

/** Where there is a page, it must say where the tables go. */
function markdownFile(text: string): string {
  outputFile(text);
  if (text === '-' || !existsSync(text)) return text;
  const page = readFileSync(text, 'utf8');
  if (page.trim() === '' || hasMarks(page)) return text;
  throw new InvalidArgumentError(`Expected a page with ${BEGIN} .. ${END}.`);
}

async function compare(options: CompareOptions): Promise<void> {
  const plan = planOf(options);
  checkOutputs(options);
  const signals = onSignals();
  const steps = new Steps();
  try {
    const comparison = await runComparison(plan, {
      size: options.jobs,
      signal: signals.stop,
      onStep: (noun, total) => steps.begin(noun, total),
    });
    steps.end();
    await writeOutputs(comparison, options, signals.stop);
  } catch (error) {
    throw signals.stop.aborted ? new Interrupted() : error;
  } finally {
    steps.end();
    signals.restore();
  }
}

function planOf(options: CompareOptions): ComparisonPlan {
  const { algorithm, seeds, workers, looks, baseline, updates = Infinity } = options;
  const minutes = options.minutes ?? (options.updates ? Infinity : DEFAULT_MINUTES);
  return {
    algorithms: algorithm,
    budget: { minutes, updates },
    workers,
    seeds,
    scenarios: [...loadScenarios(options.scenario).keys()],
    validation: [...loadScenarios(options.validate).keys()],
    looks: lookShares(looks),
    baseline,
  };
}

function checkOutputs({ json, html, markdown, figures }: CompareOptions): void {
  if ([json, html, markdown].filter((out) => out === '-').length > 1)
    throw new UsageError('weir: expected - (stdout) for one of --json, --html and --markdown');
  if (figures === undefined) return;
  try {
    mkdirSync(figures, { recursive: true });
  } catch (error) {
    throw new UsageError(`weir: --figures ${figures}: ${(error as Error).message}`);
  }
}

/** The bar of the step that is under way. */
class Steps {
  #bar: Progress | undefined;

  begin(noun: string, total: number): (done: number) => void {
    this.end();
    const bar = (this.#bar = progress(process.stderr, noun, total));
    return (done) => bar.update(done);
  }

  end(): void {
    this.#bar?.stop();
    this.#bar = undefined;
  }
}

async function writeOutputs(
  comparison: Comparison,
  options: CompareOptions,
  signal: AbortSignal,
): Promise<void> {
  const { json, html, figures, markdown } = options;
  const facts = { command: commandLine(options), machine: machine() };
  const people = [json, html, markdown].includes('-') ? process.stderr : process.stdout;
  people.write(`${renderSummary(comparison, facts.machine)}\n`);
  // Vega takes a moment to load.
  const { render } = await import('../comparison/outputs.js');
  const outputs = await render(comparison, facts, {
    html: html !== undefined,
    figures: figures !== undefined,
  });
  signal.throwIfAborted();
  if (json !== undefined) writeJson(json, outputs.record);
  if (html !== undefined) writeText(html, outputs.html!);
  for (const [name, svg] of outputs.figures) writeFileSync(join(figures!, name), svg);
  if (markdown !== undefined) {
    const page = markdown !== '-' && existsSync(markdown) ? readFileSync(markdown, 'utf8') : '';
    writeText(markdown, outputs.markdown(page));
  }
}

/** What gives these results again, as far as threads and clocks let it. */
function commandLine(options: CompareOptions): string {
  const { algorithm, minutes, updates, seeds, workers, looks, baseline } = options;
  const words = ['weir', 'compare'];
  if (algorithm.length < algorithmNames().length) words.push('--algorithm', algorithm.join(','));
  if (minutes !== undefined || updates === undefined)
    words.push('--minutes', String(minutes ?? DEFAULT_MINUTES));
  if (updates !== undefined) words.push('--updates', String(updates));
  words.push('--seeds', String(seeds), '--workers', String(workers));
  words.push(...pathWords('--scenario', options.scenario, DEFAULT_SCENARIOS));
  words.push(...pathWords('--validate', options.validate, DEFAULT_VALIDATION));
  words.push('--looks', String(looks), '--baseline', baseline);
  return words.map(quoted).join(' ');
}

/** Nothing where it is the default, whose place differs from machine to machine. */
const pathWords = (option: string, paths: readonly string[], byDefault: string): string[] =>
  paths.length === 1 && paths[0] === join(packageRoot, byDefault) ? [] : [option, ...paths];

/** As a shell needs it. */
const quoted = (word: string): string =>
  /^[\w./,:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
