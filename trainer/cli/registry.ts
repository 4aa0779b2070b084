// `weir model list|diff|pin|unpin|prune --data DIR`: the models that a trainer keeps.
import { statSync } from 'node:fs';
import { InvalidArgumentError, type Command } from 'commander';
import { lead } from '../rollout/leader/lead.js';
import type { Leadership } from '../rollout/leader/leadership.js';
import type { Entry } from '../rollout/registry/entry.js';
import { Registry } from '../rollout/registry/registry.js';
import type { EventSink } from '../telemetry/event.js';
import { UsageError } from './errors.js';
import { outputFile, wholeNumber, writeJson } from './options.js';
import { renderDiff, renderEntries } from './registry-text.js';

interface Options {
  readonly data: string;
  readonly json?: string;
}

/** So short a beginning is a slip of the finger rather than an id. */
const LEAST_DIGITS = 4;
const KEEP = 20;

export function addRegistryCommands(model: Command): void {
  const command = (name: string, description: string) =>
    model
      .command(name)
      .description(description)
      .requiredOption('--data <dir>', 'data folder of the trainer', dataFolder);
  const json = [
    '--json <out>',
    'write the result as JSON to a file, or to stdout with -',
    outputFile,
  ] as const;
  const idText = `id of a model, or its first ${LEAST_DIGITS} digits and more`;

  command('list', 'show the models that a trainer keeps, newest first')
    .option(...json)
    .action(list);
  command('diff', 'compare two models: shape, hyperparameters, evaluation, weights')
    .argument('<a>', idText)
    .argument('<b>', idText)
    .option(...json)
    .action(diff);
  command('pin', 'keep a model, whatever its age; works beside a running trainer')
    .argument('<id>', idText)
    .action((id: string, options: Options) => mark(id, options, true));
  command('unpin', 'let a model go when its time has come')
    .argument('<id>', idText)
    .action((id: string, options: Options) => mark(id, options, false));
  command('prune', 'remove old models; never one that serves, runs, is gone back to, or is pinned')
    .option('--keep <n>', 'number of the newest that stay', wholeNumber, KEEP)
    .option(...json)
    .action(prune);
}

async function list(options: Options): Promise<void> {
  const registry = await openToRead(options.data);
  const [entries, used] = [await registry.list(), await registry.inUse()];
  const models = entries.map((entry) => ({ ...entry, inUse: used.has(entry.id) }));
  if (options.json !== undefined) writeJson(options.json, { models });
  if (options.json !== '-') process.stdout.write(`${renderEntries(models)}\n`);
}

async function diff(a: string, b: string, options: Options): Promise<void> {
  const registry = await openToRead(options.data);
  const entries = await registry.list();
  const result = await registry.diff(find(entries, a, options).id, find(entries, b, options).id);
  if (options.json !== undefined) writeJson(options.json, result);
  if (options.json !== '-') process.stdout.write(`${renderDiff(result)}\n`);
}

async function mark(text: string, options: Options, isPinned: boolean): Promise<void> {
  const registry = await openToRead(options.data);
  const { id } = find(await registry.list(), text, options);
  await (isPinned ? registry.pin(id) : registry.unpin(id));
  process.stdout.write(`${id}: ${isPinned ? 'pinned' : 'not pinned'}\n`);
}

/** Under the trainer's own lead: what a running trainer is about to serve, no document may speak of yet. */
async function prune(options: Options & { readonly keep: number }): Promise<void> {
  const leadership = await leadAlone(options.data);
  try {
    const term = await leadership.whenLeading;
    const registry = await Registry.open(options.data, { term, events: onStderr, wall: () => new Date() });
    const removed = (await registry.prune(options.keep)).map(({ id }) => id);
    const kept = (await registry.list()).length;
    if (options.json !== undefined) writeJson(options.json, { removed, kept });
    if (options.json === '-') return;
    for (const id of removed) process.stdout.write(`${id}: removed\n`);
    process.stdout.write(`${removed.length} removed, ${kept} kept\n`);
  } finally {
    await leadership.release();
  }
}

/** Fails as soon as another process is seen to lead; after one that was killed it waits until it may take over. */
async function leadAlone(dir: string): Promise<Leadership> {
  let leadership!: Leadership;
  await new Promise<void>((resolve, reject) => {
    const emit: EventSink['emit'] = (kind, message) => {
      if (kind === 'leader.leading') resolve();
      else if (kind === 'leader.waiting')
        reject(new Error(`${dir}: ${message} Stop the trainer first, or leave the pruning to it.`));
      else reject(new Error(message));
    };
    leadership = lead(dir, { now: () => performance.now(), events: { emit } });
  }).catch(async (error: unknown) => {
    await leadership.release();
    throw error;
  });
  return leadership;
}

function openToRead(dir: string): Promise<Registry> {
  return Registry.open(dir, { events: onStderr, wall: () => new Date() });
}

const onStderr: EventSink = {
  emit: (kind, message) => {
    if (kind === 'registry.corrupt') process.stderr.write(`weir: ${message}\n`);
  },
};

function find(entries: readonly Entry[], text: string, { data }: Options): Entry {
  const found = text.length < LEAST_DIGITS ? [] : entries.filter(({ id }) => id.startsWith(text));
  if (found.length === 1) return found[0]!;
  const problem = found.length === 0 ? 'no model has this id' : `${found.length} models begin like this`;
  throw new UsageError(`${data}: ${JSON.stringify(text)}: ${problem}; \`weir model list\` shows them`);
}

function dataFolder(text: string): string {
  const isFolder = statSync(text, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (isFolder) return text;
  throw new InvalidArgumentError(`There is no folder ${JSON.stringify(text)}.`);
}
