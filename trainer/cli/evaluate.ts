// `weir evaluate`: policies in the simulator, on the same requests.
import { availableParallelism } from 'node:os';
import { Option, type Command } from 'commander';
import { encodeModel } from '../actor/model-file.js';
import type { Model } from '../actor/model.js';
import { SIMULATOR_POLICIES, type SimulatorPolicy } from '../environment/policies.js';
import { defaultBaseline, jobsOf, type Plan } from '../evaluation/plan.js';
import { progress } from '../evaluation/progress.js';
import type { Results } from '../evaluation/results.js';
import { simulateAll } from '../evaluation/simulate-all.js';
import { Interrupted, UsageError } from './errors.js';
import { LEAGUE_BLOCKS, writeResults, type OutputOptions } from './evaluate-outputs.js';
import { loadModel } from './model.js';
import { outputFile, positiveWhole, simulatorPolicies, simulatorPolicy } from './options.js';
import { loadScenarios } from './scenario-files.js';
import { shippedModel } from './shipped-model.js';
import { onSignals } from './signals.js';

interface EvaluateOptions extends OutputOptions {
  readonly scenario: readonly string[];
  readonly policy: readonly SimulatorPolicy[];
  readonly model?: string;
  readonly seeds: number;
  readonly baseline?: SimulatorPolicy;
  readonly jobs: number;
}

export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('compare policies in the simulator: the same requests for all, and how sure a difference is')
    .requiredOption('--scenario <file...>', 'scenario files, or folders of them')
    .addOption(
      new Option('--policy <names>', 'a,b,c').argParser(simulatorPolicies).default(SIMULATOR_POLICIES, 'all'),
    )
    .option('--model <file>', 'model of the policy actor (default: the one that ships)')
    .option('--seeds <n>', "runs of each: the scenario's seed and those after it", positiveWhole, 3)
    .option(
      '--baseline <name>',
      'what the others are compared with (default: least-request, or the first)',
      simulatorPolicy,
    )
    .option('--json <out>', 'write every run as JSON to a file, or to stdout with -', outputFile)
    .option('--html <out>', 'write a report with figures, one file', outputFile)
    .option('--league <out>', 'write the standings in Markdown, as a whole and in blocks', outputFile)
    .addOption(
      new Option('--by <what>', "the league's blocks: family is the file's name without its number")
        .choices(LEAGUE_BLOCKS)
        .default('family'),
    )
    .option('--jobs <n>', 'worker threads', positiveWhole, availableParallelism())
    .action(evaluate);
}

async function evaluate(options: EvaluateOptions): Promise<void> {
  const files = loadScenarios(options.scenario);
  const plan = planOf(options, [...files.keys()]);
  checkOutputs(options);
  const model = options.model === undefined ? shippedModel() : loadModel(options.model);
  const signals = onSignals();
  try {
    const results = await simulate(plan, options.jobs, model, signals.stop);
    await writeResults(results, options, {
      files,
      command: commandLine(options),
      remarks: modelRemarks(plan, options.model, model),
      signal: signals.stop,
    });
  } catch (error) {
    throw signals.stop.aborted ? new Interrupted() : error;
  } finally {
    signals.restore();
  }
}

function planOf(options: EvaluateOptions, scenarios: Plan['scenarios']): Plan {
  const { policy: policies, seeds, baseline = defaultBaseline(policies) } = options;
  if (policies.includes(baseline)) return { scenarios, policies, seeds, baseline };
  throw new UsageError(`weir: --baseline ${baseline}: expected one of --policy ${policies.join(',')}`);
}

function checkOutputs({ json, html, league }: OutputOptions): void {
  if ([json, html, league].filter((out) => out === '-').length > 1)
    throw new UsageError('weir: expected - (stdout) for one of --json, --html and --league');
}

async function simulate(plan: Plan, size: number, model: Model, signal: AbortSignal): Promise<Results> {
  const bar = progress(process.stderr, 'runs', jobsOf(plan).length);
  try {
    const onDone = (done: number) => bar.update(done);
    return await simulateAll(plan, {
      size,
      served: { policy: 'actor', model: encodeModel(model) },
      signal,
      onDone,
    });
  } finally {
    bar.stop();
  }
}

function modelRemarks({ policies }: Plan, file: string | undefined, { id }: Model): string[] {
  if (!policies.includes('actor'))
    return file === undefined ? [] : [`--model ${file} was not used: actor is none of the policies.`];
  if (file !== undefined) return [`actor: model ${id}, ${file}.`];
  return [`actor: model ${id}, the one that ships.`];
}

/** What gives these results again. */
function commandLine({ scenario, policy, model, seeds, baseline }: EvaluateOptions): string {
  const isAll = policy.length === SIMULATOR_POLICIES.length;
  const words = ['weir', 'evaluate', '--scenario', ...scenario];
  if (!isAll) words.push('--policy', policy.join(','));
  if (model !== undefined) words.push('--model', model);
  words.push('--seeds', String(seeds));
  if (baseline !== undefined) words.push('--baseline', baseline);
  return words.map(quoted).join(' ');
}

/** As a shell needs it. */
const quoted = (word: string): string =>
  /^[\w./,:@%+=-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
