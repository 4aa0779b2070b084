// What the filter costs in a real Envoy: throughput and latency with it against the same Envoy with its own
// LEAST_REQUEST and no filter. docs/benchmarks.md says how to read the output.
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { positiveWhole, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { Cleanup } from '../trainer/mesh/apps/cleanup.js';
import { benchCommand, runCommand } from './command.js';
import type { Run } from './proxy/measure.js';
import { buildProbePlugins, readTimer, type ProbePlugins } from './proxy/probe-plugins.js';
import { bottleneckWarning, compare, hostCallTable, runTable } from './proxy/report.js';
import { runRounds } from './proxy/rounds.js';
import { setStage, type Stage } from './proxy/stage.js';
import { PLAIN, breakdown, weir, type Running } from './proxy/variants.js';
import { median, metricLines, result, type Result } from './result.js';

const TARGETS = { throughputRatio: { atLeast: 0.85 }, p50Ratio: { atMost: 1.15 } };

interface Options {
  readonly json?: string;
  readonly pairs: number;
  readonly seconds: number;
  readonly plugin: string;
  readonly breakdown?: true;
}

async function bench(options: Options): Promise<void> {
  const cleanup = new Cleanup();
  try {
    const stage = await setStage(cleanup);
    const probes = options.breakdown ? await buildProbePlugins(stage.runDir) : undefined;
    const runs = await runAll(stage, options, probes);
    const byName = new Map([...runs].map(([target, own]) => [target.variant.name, own]));
    const [plain = [], filter = []] = runs.values();
    const summary = result('proxy', stage.envoy, metrics(filter, plain), samples({ filter, plain }));
    console.log(
      `${summary.machine}\ncommit ${summary.commit}; ${stage.generator.description}; ${stage.pinning}`,
    );
    console.log(`${options.pairs} rounds of ${options.seconds} s a variant, interleaved\n`);
    console.log(`${runTable(byName)}\n`);
    if (probes) console.log(`${hostCallTable(await hostCalls(stage, probes))}\n`);
    const warning = bottleneckWarning(new Map([...byName].slice(0, 2)));
    // A target that was met only because something else was the bottleneck is not met.
    console.log(metricLines(summary, warning === undefined ? TARGETS : {}));
    if (options.json !== undefined) writeJson(options.json, summary);
    if (warning !== undefined) throw new Error(warning);
  } finally {
    await cleanup.run();
  }
}

/** The plain Envoy first, then the filter, then what the breakdown adds. */
async function runAll(
  stage: Stage,
  { pairs: rounds, seconds, plugin, ...options }: Options,
  probes: ProbePlugins | undefined,
): Promise<Map<Running, Run[]>> {
  const variants = [PLAIN, weir(plugin, stage.endpoints)];
  if (options.breakdown && probes) variants.push(...breakdown(plugin, stage.endpoints, probes));
  const targets: Running[] = [];
  for (const variant of variants) targets.push(await stage.start(variant));
  for (const target of targets) await stage.warmUp(target);
  const bar = new SingleBar({ format: 'measuring {bar} {value}/{total}', clearOnComplete: true });
  bar.start(rounds * targets.length, 0);
  try {
    const { generator } = stage;
    return await runRounds(targets, { rounds, seconds, generator, onRun: () => bar.increment() });
  } finally {
    bar.stop();
  }
}

function metrics(filter: readonly Run[], plain: readonly Run[]): Result['metrics'] {
  const { throughputRatio, p50Ratio, p99Ratio, cpuUsMore } = compare(filter, plain);
  // Without /proc there is no cpu time, and JSON has no NaN.
  const cost = Number.isNaN(cpuUsMore) ? {} : { filterUsPerRequest: cpuUsMore };
  return { throughputRatio, p50Ratio, p99Ratio, ...cost };
}

function samples(sides: Readonly<Record<string, readonly Run[]>>): Result['samples'] {
  const keys = ['throughput', 'p50Us', 'p99Us', 'cpuUs', 'cpuShare'] as const;
  return Object.fromEntries(
    Object.entries(sides).flatMap(([side, runs]) =>
      keys.map((key) => [`${side}.${key}`, runs.map((run) => run[key])]),
    ),
  );
}

/** Medians over a few answers of the filter that times its host calls. */
async function hostCalls(stage: Stage, { timer: plugin }: ProbePlugins): Promise<Map<string, number>> {
  const { url } = await stage.start({ ...PLAIN, name: 'timer', plugin, configuration: {} });
  const answers: Map<string, number>[] = [];
  while (answers.length < 5) {
    const { headers } = await fetch(url);
    answers.push(readTimer(headers.get('x-bench-value') ?? ''));
  }
  const [first = new Map<string, number>()] = answers;
  return new Map([...first.keys()].map((call) => [call, median(answers.map((a) => a.get(call) ?? NaN))]));
}

const command = benchCommand('proxy', 'what the filter costs in a real Envoy')
  .option('--pairs <n>', 'interleaved pairs of runs', positiveWhole, 7)
  .option('--seconds <n>', 'length of a run', positiveWhole, 4)
  .option('--plugin <file>', 'the compiled filter', join(packageRoot, 'build/plugin.wasm'))
  .option('--breakdown', 'also: empty filters, modes, policies, the price of each host call')
  .action(bench);
await runCommand(command);
