// The `weir` command: sub-commands, and how they end.
import { Command, CommanderError } from 'commander';
import { ScenarioError } from '../environment/scenario.js';
import { addCompare } from './compare.js';
import { Different, EXIT_FAILED, EXIT_INTERRUPTED, EXIT_USAGE, Interrupted, UsageError } from './errors.js';
import { addEvaluate } from './evaluate.js';
import { addImage } from './image.js';
import { addInstall } from './install.js';
import { addModel } from './model.js';
import { packageVersion } from './package-root.js';
import { addTrain } from './train.js';
import { addScenarioCheck } from './scenario-check.js';
import { addPublish } from './publish.js';
import { addRegistryCommands } from './registry.js';
import { addServe } from './serve.js';
import { addScenarioGenerate } from './scenario-generate.js';
import { addUp } from './up.js';

export function createProgram(): Command {
  const program = new Command('weir')
    .description('a load balancer that learns')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(oneLine(text)) });
  addUp(program);
  addEvaluate(program);
  addServe(program);
  addPublish(program);
  addTrain(program);
  addCompare(program);
  addImage(program);
  addInstall(program);
  const scenario = program.command('scenario').description('work with scenario files');
  addScenarioCheck(scenario);
  addScenarioGenerate(scenario);
  const model = program
    .command('model')
    .description('work with model files, and with those that a trainer keeps');
  addModel(model);
  addRegistryCommands(model);
  return program;
}

/** Runs a command line and resolves with the exit code. */
export async function run(args: readonly string[]): Promise<number> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    // Commander has said it already; help that was asked for is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
    if (error instanceof Interrupted) return EXIT_INTERRUPTED;
    if (error instanceof Different) return EXIT_FAILED;
    const { message } = error as Error;
    // Bad input is named by file and field, and needs no other name before them.
    const isUsage = error instanceof UsageError || error instanceof ScenarioError;
    process.stderr.write(isUsage ? `${message}\n` : `weir: ${message}\n`);
    return isUsage ? EXIT_USAGE : EXIT_FAILED;
  }
}

/** Commander puts its suggestions on a second line. */
function oneLine(text: string): string {
  return `${text
    .trimEnd()
    .replace(/^error: /, 'weir: ')
    .replaceAll('\n', ' ')}\n`;
}
