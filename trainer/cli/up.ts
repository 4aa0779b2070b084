// `weir up`: the local mesh.
import { join } from 'node:path';
import { Option, type Command } from 'commander';
import { loadScenario } from '../environment/scenario.js';
import { liveView } from '../mesh/view/live.js';
import { onSignals } from './signals.js';
import { loadModel } from './model.js';
import {
  httpUrl,
  meshPolicy,
  outputFile,
  port,
  positiveNumber,
  positiveWhole,
  share,
  writeJson,
  type MeshPolicy,
} from './options.js';
import { UsageError } from './errors.js';
import { packageRoot } from './package-root.js';
import { runUp } from './up-run.js';

interface UpOptions {
  readonly scenario: string;
  readonly policy: MeshPolicy;
  readonly duration?: number;
  readonly json?: string;
  readonly model?: readonly string[];
  readonly engine?: 'envoy' | 'embedded';
  readonly proxies?: number;
  readonly reloadAfter?: number;
  readonly port: number;
  readonly learn?: boolean;
  readonly data?: string;
  readonly config?: string;
  readonly traceShare: number;
  readonly forwardTraces?: string;
  readonly jaeger?: string;
}

const DEFAULT_SCENARIO = join(packageRoot, 'bench/scenarios/local.json');

export function addUp(program: Command): void {
  program
    .command('up')
    .description('run a mesh on this machine: sidecars, applications, load, the trainer, and a live table')
    .addOption(
      new Option('--scenario <file>', 'what runs').default(DEFAULT_SCENARIO, 'bench/scenarios/local.json'),
    )
    .option(
      '--policy <name>',
      'who balances: actor, another policy, or envoy:NAME for Envoy alone',
      meshPolicy,
      'actor',
    )
    .option('--duration <seconds>', 'measure so long, then end (default: until Ctrl-C)', positiveNumber)
    .option('--json <out>', 'write the result as JSON to a file, or to stdout with -', outputFile)
    .addOption(
      new Option('--engine <name>', 'what runs the sidecars (default: envoy where there is one)').choices([
        'envoy',
        'embedded',
      ]),
    )
    .option(
      '--model <file...>',
      'model files that reloads take in turn (default: the one that ships, and it again a hair warmer)',
    )
    .option('--proxies <n>', 'client sidecars (default: as the scenario says)', positiveWhole)
    .option(
      '--reload-after <seconds>',
      'first exchange of the model (default: 5, or 40% of a shorter run)',
      positiveNumber,
    )
    .option('--port <n>', 'port of the trainer, 0 = any', port, 0)
    .option('--learn', 'the trainer goes on learning, and rolls out what it learned')
    .option('--data <dir>', 'where a trainer that learns keeps models and events (default: nowhere)')
    .option('--config <file>', 'how it learns and rolls out, as for `weir serve` (JSON or YAML)')
    .option('--trace-share <share>', 'share of the requests that are traced, 0..1', share, 1)
    .option('--forward-traces <url>', 'OTLP/HTTP, where spans go to beside the trainer', httpUrl)
    .option('--jaeger <url>', 'where links to traces lead', httpUrl)
    .action(up);
}

async function up(options: UpOptions): Promise<void> {
  if (!options.learn && (options.data ?? options.config) !== undefined)
    throw new UsageError('weir: --data and --config are of the trainer that learns: add --learn');
  if (options.learn && options.policy !== 'actor')
    throw new UsageError(`weir: --learn is for the policy actor, not ${options.policy}`);
  const file = loadScenario(options.scenario);
  const scenario = { ...file, proxies: options.proxies ?? file.proxies };
  // With the JSON on stdout, everything for people goes beside it.
  const out = options.json === '-' ? process.stderr : process.stdout;
  const note = (line: string) => void process.stderr.write(`weir: ${line}\n`);
  const signals = onSignals();
  // Loads what takes a moment, which neither --help nor a typing error should wait for.
  const { localParts } = await import('./wiring.js');
  const { data, config, traceShare: tracedShare, forwardTraces: forward, jaeger } = options;
  const { parts, dispose } = await localParts(options.engine, note, {
    models: options.model?.map(loadModel),
    learning: options.learn ? { data, config } : undefined,
    traces: {
      // Without a trace there is nothing to extrapolate.
      ...(tracedShare > 0 ? { sampledShare: tracedShare } : {}),
      ...(forward === undefined ? {} : { forward }),
      ...(jaeger === undefined ? {} : { jaeger }),
    },
  });
  try {
    const plan = {
      scenario,
      policy: options.policy,
      seconds: options.duration,
      reloadAfterSeconds: options.reloadAfter,
      port: options.port,
      learn: options.learn ?? false,
      tracedShare,
    };
    const result = await runUp(plan, parts, { view: liveView(out), note }, signals.stop);
    if (result && options.json !== undefined) writeJson(options.json, result);
  } finally {
    dispose();
    signals.restore();
  }
}
