// `weir model inspect|verify|untrained`
import { existsSync, readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { cardPath, readModel, writeModel } from '../actor/model-card.js';
import { encodeModel } from '../actor/model-file.js';
import { CONTEXT, FEATURES, ModelError, type Model } from '../actor/model.js';
import { untrainedModel } from '../actor/untrained.js';
import { UsageError } from './errors.js';
import { outputFile, positiveNumber, positiveWhole, writeJson } from './options.js';

interface InspectOptions {
  readonly json?: string;
  readonly base64?: boolean;
}

export function addModel(model: Command): void {
  model
    .command('inspect')
    .description('show what is in a model file, and its card where one lies beside it')
    .argument('<file>', 'model file')
    .option('--json <out>', 'write the result as JSON to a file, or to stdout with -', outputFile)
    .option('--base64', "print the file in base64, as the plugin's configuration takes it")
    .action(inspect);
  model
    .command('verify')
    .description('check model files as the filter does: magic, versions, shape, checksum, numbers')
    .argument('<file...>', 'model files')
    .action(verify);
  model
    .command('untrained')
    .description('write a model that balances as ewma-full does, to start from')
    .requiredOption('--out <file>', 'model file; its card goes beside it', outputFile)
    .option('--seed <n>', 'another seed is another model', positiveWhole, 1)
    .option('--temperature <t>', 'of the softmax over scores, in log2 units', positiveNumber, 0.2)
    .action(untrained);
}

/** Reads a model file; what is wrong with it is the user's to mend. */
export function loadModel(path: string): Model {
  try {
    return readModel(path);
  } catch (error) {
    if (error instanceof ModelError) throw new UsageError(error.message);
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function inspect(file: string, options: InspectOptions): void {
  const model = loadModel(file);
  if (options.base64) {
    process.stdout.write(`${Buffer.from(encodeModel(model)).toString('base64')}\n`);
    return;
  }
  const facts = describe(file, model);
  if (options.json !== undefined) writeJson(options.json, facts);
  if (options.json === '-') return;
  for (const [name, value] of Object.entries(facts)) {
    process.stdout.write(`${name}: ${typeof value === 'string' ? value : JSON.stringify(value)}\n`);
  }
}

function describe(file: string, model: Model): Record<string, unknown> {
  const card = cardPath(file);
  return {
    id: model.id,
    bytes: encodeModel(model).length,
    shape: `${FEATURES}+${CONTEXT} features, ${model.hidden1} and ${model.hidden2} hidden`,
    temperature: model.temperature,
    outputScale: model.outputScale,
    isResidualZero: model.w3.every((weight) => weight === 0) && model.bias3 === 0,
    ...(existsSync(card) ? { card: readCard(card) } : {}),
  };
}

function readCard(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

function verify(files: string[]): void {
  const faults: string[] = [];
  for (const file of files) {
    try {
      process.stdout.write(`${file}: ok, model ${loadModel(file).id}\n`);
    } catch (error) {
      faults.push((error as Error).message);
    }
  }
  if (faults.length > 0) throw new UsageError(faults.join('\n'));
}

function untrained(options: { out: string; seed: number; temperature: number }): void {
  const { out, seed, temperature } = options;
  const card = writeModel(out, untrainedModel({ seed, temperature }), {
    parent: null,
    algorithm: 'none: ewma-full with a temperature',
    hyperparameters: { temperature },
    seed,
    scenarios: [],
    evaluation: [],
    created: new Date().toISOString(),
  });
  process.stdout.write(`${out}: model ${card.id}, ${card.size} bytes\n`);
}
