// How a benchmark is called and how it ends: 0 done, 1 something failed, 2 bad input with one line.
import { Command, CommanderError } from 'commander';
import { EXIT_FAILED, EXIT_USAGE, UsageError } from '../trainer/cli/errors.js';
import { outputFile } from '../trainer/cli/options.js';
import { ScenarioError } from '../trainer/environment/scenario.js';

/** With the option that every benchmark has. */
export function benchCommand(name: string, description: string): Command {
  return new Command(`bench:${name}`)
    .description(description)
    .option('--json <file>', 'write metrics and raw samples as JSON, - for stdout', outputFile)
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${text.trim().replaceAll('\n', ' ')}\n`) });
}

export async function runCommand(command: Command): Promise<void> {
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = exitCode(error);
    if (!(error instanceof CommanderError))
      process.stderr.write(`${command.name()}: ${error instanceof Error ? error.message : String(error)}\n`);
  }
}

function exitCode(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  return error instanceof UsageError || error instanceof ScenarioError ? EXIT_USAGE : EXIT_FAILED;
}
