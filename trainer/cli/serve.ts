// `weir serve`: the trainer as a service.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { destination, pino } from 'pino';
import { cardPath, type ModelCard } from '../actor/model-card.js';
import { UsageError } from './errors.js';
import { port } from './options.js';
import { packageRoot } from './package-root.js';
import { loadScenarios } from './scenario-files.js';
import { shippedCheckpointPath, shippedModel, shippedModelPath } from './shipped-model.js';
import { onSignals } from './signals.js';

interface ServeCommand {
  readonly config?: string;
  readonly host: string;
  readonly port: number;
  readonly data: string;
  readonly tokenFile?: string;
  readonly kubeconfig?: string;
  readonly logLevel: string;
}

export function addServe(program: Command): void {
  program
    .command('serve')
    .description('the trainer: reports in, better models out, through a gate and a canary')
    .option('--config <file>', 'where models are published to, and how it learns (JSON or YAML)')
    .option('--host <address>', 'address to listen on: reports are not authenticated', '127.0.0.1')
    .option('--port <n>', 'port to listen on, 0 = any', port, 7070)
    .option('--data <dir>', 'models, state and events', 'weir-data')
    .option(
      '--token-file <file>',
      'bearer token of what changes something (default: WEIR_TOKEN, else DIR/token)',
    )
    .option('--kubeconfig <file>', "way to the API server (default: the pod's, else kubectl's)")
    .option('--log-level <level>', 'trace, debug, info, warn, error', 'info')
    .action(serve);
}

async function serve(command: ServeCommand): Promise<void> {
  const { host, data, tokenFile, kubeconfig } = command;
  // Loads what takes a moment, which neither --help nor a typing error should wait for.
  const [{ readServeOptions, ServeOptionsError, serveOptionsSchema }, { startTrainer }, { loadToken }] =
    await Promise.all([
      import('../service/options.js'),
      import('../service/trainer-service.js'),
      import('../server/token.js'),
    ]);
  const signals = onSignals();
  try {
    const options =
      command.config === undefined ? serveOptionsSchema.parse({}) : readServeOptions(command.config);
    const log = pino({ level: command.logLevel }, destination({ dest: 2, sync: true }));
    const {
      id: _id,
      size: _size,
      ...facts
    } = JSON.parse(readFileSync(cardPath(shippedModelPath), 'utf8')) as ModelCard;
    const trainer = await startTrainer({
      ...{ dataDir: data, options, host, port: command.port, log },
      token: () =>
        loadToken({
          dataDir: data,
          environment: process.env,
          ...(tokenFile === undefined ? {} : { file: tokenFile }),
        }),
      initial: shippedModel(),
      initialFacts: facts,
      critic: shippedCheckpointPath,
      validation: [...loadScenarios([join(packageRoot, 'bench/scenarios/validation')]).keys()],
      ...(kubeconfig === undefined ? {} : { kubeConfigFile: kubeconfig }),
      now: () => performance.now(),
      wallNow: () => Date.now(),
    });
    process.stdout.write(`weir: the trainer listens on http://${host}:${trainer.server.port}/\n`);
    await new Promise<void>((resolve) =>
      signals.stop.addEventListener('abort', () => resolve(), { once: true }),
    );
    await trainer.close();
  } catch (error) {
    throw error instanceof ServeOptionsError ? new UsageError(error.message) : error;
  } finally {
    signals.restore();
  }
}
