// How fast the simulated mesh runs, how much memory it takes, and whether its time grows with the requests alone.
// docs/benchmarks.md says how to read the output.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../trainer/actor/model-file.js';
import { untrainedModel } from '../trainer/actor/untrained.js';
import { positiveWhole, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import type { SimulatorPolicy } from '../trainer/environment/policies.js';
import { validateScenario, type Scenario } from '../trainer/environment/scenario.js';
import { compileSimulator, Simulator, type CompiledSimulator } from '../trainer/environment/simulator.js';
import { benchCommand, runCommand } from './command.js';
import { columns, median, metricLines, result, short } from './result.js';

const TARGETS = {
  'requestsPerSecond.leastRequest': { atLeast: 1_500_000 },
  'requestsPerSecond.actor': { atLeast: 250_000 },
  peakMb: { atMost: 64 },
  growthRatio: { atMost: 1.1 },
};
/** More requests, to see the growth. */
const GROWTH = 10;

interface Options {
  readonly json?: string;
  readonly rounds: number;
  readonly requests: number;
}

/** Equal endpoints of 4 slots, lognormal service times, load 0.8. */
function scenario(endpoints: number, proxies: number, requests: number): Scenario {
  const services = [{ name: 'api', endpoints: [{ count: endpoints }] }];
  const raw = { requests, warmup: 0, proxies, workersPerProxy: 1, services, load: { utilisation: 0.8 } };
  return validateScenario(raw, 'bench');
}

/** Seconds of wall time for a run. */
function timed(
  compiled: CompiledSimulator,
  of: Scenario,
  policy: SimulatorPolicy,
  model: Uint8Array,
): number {
  const simulator = new Simulator(compiled, of, { policy, model });
  const start = process.hrtime.bigint();
  simulator.advance(Infinity);
  return Number(process.hrtime.bigint() - start) / 1e9;
}

/** Megabytes of a mesh of 64 endpoints and 64 proxies under each of two policies, whichever takes more. */
function peakMb(compiled: CompiledSimulator, requests: number, model: Uint8Array): number {
  const sizes = (['least-request', 'actor'] as const).map((policy) => {
    const simulator = new Simulator(compiled, scenario(64, 64, requests), { policy, model });
    simulator.advance(Infinity);
    // A WebAssembly memory never shrinks, so that what it has at the end is the most it had.
    return simulator.memoryBytes() / 1e6;
  });
  return Math.max(...sizes);
}

async function bench(options: Options): Promise<void> {
  const compiled = compileSimulator(readFileSync(join(packageRoot, 'build/simulator.wasm')));
  // A random output layer: a zero one would leave the scores without their residuals.
  const model = encodeModel(untrainedModel({ scale: 1 }));
  const { requests, rounds } = options;
  const [small, large] = [scenario(8, 1, requests), scenario(8, 1, requests * GROWTH)];
  const rate = (seconds: number) => requests / seconds;
  const samples: Record<string, number[]> = {
    'requestsPerSecond.leastRequest': [],
    'requestsPerSecond.actor': [],
    growthRatio: [],
  };
  timed(compiled, small, 'least-request', model);
  timed(compiled, small, 'actor', model);
  for (let round = 0; round < rounds; round++) {
    const once = timed(compiled, small, 'least-request', model);
    samples['requestsPerSecond.leastRequest']!.push(rate(once));
    samples['requestsPerSecond.actor']!.push(rate(timed(compiled, small, 'actor', model)));
    samples['growthRatio']!.push(timed(compiled, large, 'least-request', model) / once / GROWTH);
  }
  const metrics = {
    ...Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
    peakMb: peakMb(compiled, requests, model),
  };
  const summary = result('simulator', '8 endpoints, 1 proxy', metrics, samples);
  console.log(`${summary.machine}\ncommit ${summary.commit}; ${rounds} rounds of ${requests} requests\n`);
  const rows = Object.entries(samples).map(([name, values]) => [
    name,
    ...[Math.min(...values), median(values), Math.max(...values)].map(short),
  ]);
  console.log(`${columns([['', 'least', 'median', 'most'], ...rows])}\n`);
  console.log(metricLines(summary, TARGETS));
  if (options.json !== undefined) writeJson(options.json, summary);
}

await runCommand(
  benchCommand('simulator', 'how fast the simulated mesh runs on one core')
    .option('--rounds <n>', 'interleaved rounds', positiveWhole, 9)
    .option('--requests <n>', 'requests of a run', positiveWhole, 500_000)
    .action(bench),
);
