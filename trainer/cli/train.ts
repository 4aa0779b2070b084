// `weir train`: learns the actor on the simulator.
import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { cardPath, writeModel } from '../actor/model-card.js';
import { decodeModel } from '../actor/model-file.js';
import type { Hyperparameters } from '../algorithms/algorithm.js';
import { checkHyperparameters } from '../algorithms/check.js';
import { defaultsOf, forCard } from '../algorithms/defaults.js';
import { ALGORITHMS, algorithmNamed } from '../algorithms/registry.js';
import { expandEndpoints } from '../environment/capacity.js';
import { familyNames } from '../environment/generate.js';
import type { Scenario } from '../environment/scenario.js';
import { CheckpointError } from '../learning/checkpoint.js';
import { withOverrides } from '../learning/overrides.js';
import { trainPopulation, type PopulationOptions } from '../learning/population.js';
import { openBoard, type Board } from '../learning/tensorboard.js';
import { train, type TrainingReport, type TrainingResult } from '../learning/training.js';
import { Validation } from '../learning/validation.js';
import { UsageError } from './errors.js';
import { outputFile, positiveNumber, positiveWhole } from './options.js';
import { packageRoot } from './package-root.js';
import { loadScenarios } from './scenario-files.js';
import { onSignals } from './signals.js';
import { Reporter } from './training-line.js';

interface TrainOptions {
  readonly algorithm: string;
  readonly minutes?: number;
  readonly updates?: number;
  readonly workers: number;
  readonly seed: number;
  readonly out: string;
  readonly scenario?: readonly string[];
  readonly set: readonly string[];
  readonly checkpoint?: string;
  readonly checkpointSeconds: number;
  readonly resume?: boolean;
  readonly population?: number;
  readonly exploitSeconds: number;
  readonly metrics?: string;
  readonly tensorboard?: string;
  readonly validate: readonly string[];
  readonly validateSeconds: number;
}

/** Requests of a validation scenario at a look. */
const LOOK_REQUESTS = 10_000;
const DEFAULT_MINUTES = 10;

export function addTrain(program: Command): void {
  program
    .command('train')
    .description('learn the actor in the simulator; writes an int8 model and its card')
    .addOption(
      new Option('--algorithm <name>', 'learning algorithm').choices(networkLearners()).default('a3c'),
    )
    .option(
      '--minutes <n>',
      `budget in minutes (default: ${DEFAULT_MINUTES}, or none with --updates)`,
      positiveNumber,
    )
    .option(
      '--updates <n>',
      'budget in updates of all workers: with one worker the run can be repeated exactly',
      positiveWhole,
    )
    .option('--workers <n>', 'worker threads', positiveWhole, availableParallelism())
    .option('--seed <n>', 'of networks, scenarios and choices', positiveWhole, 1)
    .requiredOption('--out <file>', 'model file; its card goes beside it', outputFile)
    .option(
      '--scenario <file...>',
      'scenarios to learn on (default: the families for training, drawn at random)',
    )
    .option('--set <name=value...>', 'hyperparameters, as in learningRate=0.002 or reward.errors=3', [])
    .option(
      '--checkpoint <file>',
      'where the training can be resumed from (default: beside --out)',
      outputFile,
    )
    .option('--checkpoint-seconds <n>', 'time between two checkpoints', positiveNumber, 20)
    .option('--resume', 'go on from the checkpoint')
    .option(
      '--population <n>',
      'adapt learning rate, entropy and reward weights: so many trainings of one worker each, the worst going on from the best',
      positiveWhole,
    )
    .option('--exploit-seconds <n>', 'time between two comparisons of the population', positiveNumber, 60)
    .option('--metrics <file>', 'append metrics as JSON, one report a line', outputFile)
    .option('--tensorboard <folder>', 'write metrics as TensorBoard event files; takes tfjs-node')
    .option('--validate <path...>', 'scenarios for the looks at how it stands', [
      join(packageRoot, 'bench/scenarios/validation'),
    ])
    .option('--validate-seconds <n>', 'time between two looks', positiveNumber, 60)
    .action(run);
}

async function run(options: TrainOptions): Promise<void> {
  const hyperparameters = overridden(options.algorithm, options.set);
  if (options.population && (options.updates ?? options.resume ?? options.checkpoint) !== undefined)
    throw new UsageError('weir: --population takes --minutes, and none of --updates, --resume, --checkpoint');
  const scenarios = options.scenario ? instructive(loadScenarios(options.scenario)) : [];
  const validate = [...loadScenarios(options.validate).keys()];
  const path = options.checkpoint ?? `${options.out}.checkpoint`;
  const updates = options.updates ?? Infinity;
  const minutes = options.minutes ?? (options.updates ? Infinity : DEFAULT_MINUTES);
  if (options.metrics !== undefined && !options.resume) writeFileSync(options.metrics, '');
  const board = options.tensorboard === undefined ? undefined : await boardIn(options.tensorboard);
  const signals = onSignals();
  const report = new Reporter(options.metrics, board);
  try {
    const suite = new Validation(validate, LOOK_REQUESTS, signals.stop, 1);
    const budget = {
      algorithm: options.algorithm,
      hyperparameters,
      seed: options.seed,
      minutes,
      scenarios,
      signal: signals.stop,
      onReport: (seen: TrainingReport) => report.add(seen),
    };
    const result: TrainingResult & { readonly hyperparameters?: Hyperparameters } = options.population
      ? await trainPopulation({ ...budget, ...population(options, signals.stop) })
      : await train({
          ...budget,
          validation: { suite, everyMs: options.validateSeconds * 1000 },
          workers: options.workers,
          updates,
          checkpoint: { path, everyMs: options.checkpointSeconds * 1000, resume: options.resume ?? false },
        });
    report.end();
    const { served, unsaved } = result;
    if (served.policy !== 'actor') throw new TypeError(`${options.algorithm} learns no network`);
    const model = decodeModel(served.model);
    const card = writeModel(options.out, model, {
      parent: null,
      algorithm: options.algorithm,
      hyperparameters: forCard(result.hyperparameters ?? hyperparameters),
      seed: options.seed,
      scenarios: scenarios.length > 0 ? scenarios.map(({ name }) => name) : familyNames('training'),
      // Whoever presses Ctrl-C wants the model, and now.
      evaluation: signals.stop.aborted ? [] : await suite.evaluation(served),
      created: new Date().toISOString(),
    });
    process.stdout.write(
      `model ${card.id}, ${card.size} bytes, ${result.updates} updates, ${result.decisions} decisions, ` +
        `${(result.elapsedMs / 1000).toFixed(0)} s: ${options.out}, ${cardPath(options.out)}\n`,
    );
    // The model is safe; what else was asked for is not.
    const lost = unsaved ?? report.unwritten;
    if (lost) throw lost;
  } catch (error) {
    throw error instanceof CheckpointError ? new UsageError(error.message) : error;
  } finally {
    signals.restore();
  }
}

async function boardIn(folder: string): Promise<Board> {
  try {
    return await openBoard(folder);
  } catch (error) {
    throw new UsageError(`weir: --tensorboard ${folder}: ${(error as Error).message.split('\n', 1)[0]}`);
  }
}

/** Members are compared on the suite for training, so that the one for validation stays a test. */
function population(
  { population: members = 1, exploitSeconds }: TrainOptions,
  signal: AbortSignal,
): Pick<PopulationOptions, 'members' | 'everyMs' | 'suite' | 'onRound'> {
  const training = [...loadScenarios([join(packageRoot, 'bench/scenarios/training')]).keys()];
  return {
    members,
    everyMs: exploitSeconds * 1000,
    suite: new Validation(training, LOOK_REQUESTS, signal),
    onRound: ({ round, members: seen, replaced }) => {
      for (const [member, { hyperparameters, standing }] of seen.entries())
        process.stderr.write(
          `weir: round ${round}, member ${member}: mean ${standing.mean.toFixed(3)} p99 ${standing.p99.toFixed(3)}, ` +
            `learningRate ${hyperparameters.learningRate.toPrecision(3)}, entropy ${hyperparameters.entropy.toPrecision(3)}, ` +
            `reward.others ${hyperparameters.reward.others.toPrecision(3)}\n`,
        );
      if (replaced) process.stderr.write(`weir: member ${replaced.worst} goes on from ${replaced.best}\n`);
    },
  };
}

/** A table is of no use outside the simulator: `weir compare` runs what learns one. */
const networkLearners = (): string[] =>
  ALGORITHMS.filter(({ serves }) => serves === 'actor').map(({ name }) => name);

function overridden(algorithm: string, settings: readonly string[]): Hyperparameters {
  try {
    const hyperparameters = withOverrides(defaultsOf(algorithmNamed(algorithm)), settings);
    checkHyperparameters(hyperparameters);
    return hyperparameters;
  } catch (error) {
    throw new UsageError(`weir: --set ${(error as Error).message}`);
  }
}

/** @throws {UsageError} naming those where there is never a choice: a training would wait for one forever */
function instructive(scenarios: ReadonlyMap<Scenario, string>): Scenario[] {
  const endpoints = ({ services }: Scenario) => services.map((service) => expandEndpoints(service).length);
  const idle = [...scenarios].filter(([scenario]) => Math.max(...endpoints(scenario)) < 2);
  if (idle.length === 0) return [...scenarios.keys()];
  throw new UsageError(
    idle
      .map(([, file]) => `${file}: $.services: expected one with two endpoints or more, got none`)
      .join('\n'),
  );
}
