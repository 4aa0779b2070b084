// `weir publish` and `weir rollback`: what a person tells a trainer that runs.
import { existsSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import type { Command } from 'commander';
import { cardPath } from '../actor/model-card.js';
import { encodeModel } from '../actor/model-file.js';
import { UsageError } from './errors.js';
import { loadModel } from './model.js';
import { outputFile, writeJson } from './options.js';
import { ask, withTrainer, type TrainerOptions } from './trainer-client.js';

interface ChangeOptions extends TrainerOptions {
  readonly by: string;
  readonly json?: string;
}

interface Entry {
  readonly id: string;
  readonly status: string;
}

const withAuthor = (command: Command): Command =>
  command
    .option('--by <name>', 'who does it, for the record', account())
    .option('--json <out>', 'write the answer as JSON to a file, or to stdout with -', outputFile);

export function addPublish(program: Command): void {
  withAuthor(withTrainer(program.command('publish')))
    .description('hand a model to the trainer, which rolls it out: gate, shadow, canary')
    .argument('<file>', 'model file; its card is taken along where one lies beside it')
    .option('--force', 'past the gate and the shadow, not past the canary')
    .action(publish);
  withAuthor(withTrainer(program.command('rollback')))
    .description('take the candidate out of traffic; without one, back to the model before')
    .option('--reason <text>', 'why, for the record', '')
    .action(rollback);
}

/** Whom this process runs as. A container's user mostly has a number alone. */
function account(): string {
  try {
    return userInfo().username;
  } catch {
    return `uid ${process.getuid?.()}`;
  }
}

async function publish(file: string, options: ChangeOptions & { readonly force?: boolean }): Promise<void> {
  const model = Buffer.from(encodeModel(loadModel(file))).toString('base64');
  const { by, force = false } = options;
  const card = cardOf(file);
  const entry = (await ask(options, '/v1/models', { model, by, force, ...(card ? { card } : {}) })) as Entry;
  say(options, entry, `model ${entry.id} is ${entry.status}; GET /v1/rollout tells how it gets on`);
}

async function rollback(options: ChangeOptions & { readonly reason: string }): Promise<void> {
  const { by, reason } = options;
  const entry = (await ask(options, '/v1/rollback', { by, reason })) as Entry;
  say(options, entry, `model ${entry.id} serves`);
}

function cardOf(file: string): unknown {
  const path = cardPath(file);
  if (!existsSync(path)) return undefined;
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function say({ json }: ChangeOptions, entry: Entry, line: string): void {
  if (json !== undefined) writeJson(json, entry);
  if (json !== '-') process.stdout.write(`${line}\n`);
}
