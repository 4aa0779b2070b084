// `weir serve`: the trainer as a service.
import { Option, type Command } from 'commander';
import { destination, pino } from 'pino';
import { present } from '../telemetry/endpoint-view.js';
import type { EndpointSource } from '../telemetry/endpoint-source.js';
import type { Tracing } from '../tracing/start-tracing.js';
import { UsageError } from './errors.js';
import { port } from './options.js';
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
      'bearer token of what changes something (default: the variable WEIR_TOKEN, else DIR/token)',
    )
    .option('--kubeconfig <file>', "way to the API server (default: the pod's, else kubectl's)")
    .addOption(
      new Option('--log-level <level>', 'of the log on stderr')
        .choices(['trace', 'debug', 'info', 'warn', 'error', 'fatal'])
        .default('info'),
    )
    .action(serve);
}

async function serve(command: ServeCommand): Promise<void> {
  const { host, data: dataDir, tokenFile: file, kubeconfig: kubeConfigFile } = command;
  // Loads what takes a moment, which neither --help nor a typing error should wait for.
  const [
    options,
    service,
    { startTracing },
    { loadToken },
    { createPublishers },
    { endpointSource },
    { leadershipOf },
    { podSource },
    { packageParts },
  ] = await Promise.all([
    import('../service/options.js'),
    import('../service/trainer-service.js'),
    import('../tracing/start-tracing.js'),
    import('../server/token.js'),
    import('../publish/create-publishers.js'),
    import('../service/endpoints.js'),
    import('../service/leadership.js'),
    import('../service/resources.js'),
    import('./trainer-parts.js'),
  ]);
  const signals = onSignals();
  let tracing: Tracing | undefined;
  try {
    const configured = options.readServeOptions(command.config);
    const log = pino({ level: command.logLevel }, destination({ dest: 2, sync: true }));
    tracing = await startTracing({ environment: process.env, forward: configured.traces.forward, log });
    let source: EndpointSource | undefined;
    const parts = packageParts();
    const createLeadership = leadershipOf(configured.leader, { ...parts, dataDir, kubeConfigFile });
    const trainer = await service.startTrainer({
      ...parts,
      ...{ dataDir, options: configured, host, port: command.port },
      log,
      token: () => loadToken({ dataDir, environment: process.env, ...present('file', file) }),
      endpoints: async (events) =>
        (source = await endpointSource(configured.endpoints, events, kubeConfigFile)),
      pods: (around) => podSource(configured.resources, around, kubeConfigFile),
      createLeadership,
      createPublisher: (fleet, events, mayWrite) =>
        createPublishers(configured.publish, {
          base: configured.plugin,
          fleet,
          events,
          mayWrite,
          wallNow: Date.now,
          endpointsOf: (destination) => (source?.endpoints[destination] ?? []).map(({ address }) => address),
          ...present('kubeConfigFile', kubeConfigFile),
        }),
    });
    process.stdout.write(`weir: the trainer listens on http://${host}:${trainer.server.port}/\n`);
    try {
      await Promise.race([trainer.failed, stopped(signals.stop)]);
    } finally {
      await trainer.close();
    }
  } catch (error) {
    throw error instanceof options.ServeOptionsError ? new UsageError(error.message) : error;
  } finally {
    await tracing?.close();
    signals.restore();
  }
}

const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
