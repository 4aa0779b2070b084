// What a decision costs: eligibility, features, network, weights and sample, on clusters with a past. The code is that
// of the filter, in simulator.wasm; docs/benchmarks.md says how to read the output.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel } from '../trainer/actor/model-file.js';
import { untrainedModel } from '../trainer/actor/untrained.js';
import { positiveWhole, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { type Core, loadCore } from '../trainer/environment/core.js';
import { benchCommand, runCommand } from './command.js';
import { columns, median, metricLines, result, short } from './result.js';

const SIZES = [2, 8, 32, 128];
const TARGETS = {
  'decisionNs.8': { atMost: 2000 },
  'decisionNs.128': { atMost: 25_000 },
  allocatedBytes: { atMost: 0 },
  wasmBytes: { atMost: 65_536 },
};
/** Time of one measurement: long against the clock's grain, short against another process' turn. */
const ROUND_MS = 25;
const ALLOCATION_DECISIONS = 1_000_000;

interface Options {
  readonly json?: string;
  readonly rounds: number;
  readonly policy: string;
  readonly core: string;
  readonly hidden1?: number;
  readonly hidden2?: number;
}

async function bench(options: Options): Promise<void> {
  const wasm = readFileSync(options.core);
  const { hidden1 = untrainedModel().hidden1, hidden2 = untrainedModel().hidden2 } = options;
  // A random output layer: a zero one would leave the scores without their residuals.
  const model = encodeModel(untrainedModel({ scale: 1, hidden1, hidden2 }));
  const targets = SIZES.map((size) => ({ size, core: clusterWithPast(wasm, model, options.policy, size) }));
  const counts = targets.map(({ core }) => decisionsFor(core, ROUND_MS));
  const samples: Record<string, number[]> = Object.fromEntries(
    SIZES.map((size) => [`decisionNs.${size}`, []]),
  );
  for (let round = 0; round < options.rounds; round++) {
    targets.forEach(({ size, core }, i) => samples[`decisionNs.${size}`]!.push(timed(core, counts[i]!)));
  }
  const metrics = {
    ...Object.fromEntries(Object.entries(samples).map(([name, values]) => [name, median(values)])),
    allocatedBytes: Math.max(...targets.map(({ core }) => growth(core, ALLOCATION_DECISIONS / SIZES.length))),
    wasmBytes: statSync(join(packageRoot, 'build/plugin.wasm')).size,
  };
  const summary = result('decision', `${options.policy} ${hidden1}x${hidden2}`, metrics, samples);
  console.log(`${summary.machine}\ncommit ${summary.commit}; ${options.rounds} interleaved rounds\n`);
  const rows = Object.entries(samples).map(([name, ns]) => [
    name,
    ...[Math.min(...ns), median(ns), Math.max(...ns)].map(short),
  ]);
  console.log(`${columns([['ns a decision', 'least', 'median', 'most'], ...rows])}\n`);
  console.log(metricLines(summary, TARGETS));
  if (options.json !== undefined) writeJson(options.json, summary);
}

/** A cluster of `size` endpoints after some seconds of traffic: latencies, requests in flight, what servers said. */
function clusterWithPast(wasm: Uint8Array, model: Uint8Array, policy: string, size: number): Core {
  const core = loadCore(wasm);
  core.setBounds();
  core.setEjection();
  core.setRequest({ work: 1.5 });
  const fault = core.loadModel(model);
  if (fault !== 'none') throw new Error(`the model is refused: ${fault}`);
  core.setPolicy(policy);
  for (let i = 0; i < size; i++) core.add(`10.0.${i >> 8}.${i & 255}:8080`, 0);
  let draws = 0;
  const random = () => core.mix(draws++, size) / 2 ** 32;
  for (let k = 0; k < 40 * size; k++) {
    const [endpoint, now] = [k % size, (k * 200) / size];
    core.start(endpoint, 0.5 + random(), now);
    if (random() < 0.9) core.finish(endpoint, 1);
    core.latency(endpoint, 4 + 12 * random() + (endpoint % 5), now);
    core.outcome(endpoint, random() < 0.01, now);
    const load = { requests: Math.floor(6 * random()), timeMs: 3 + 9 * random(), rate: 40, cpu: random() };
    core.serverLoad(endpoint, { ...load, work: 6 * random(), memory: random() }, now);
  }
  return core;
}

const NOW = 8100;

/** Nanoseconds a decision. */
function timed(core: Core, decisions: number): number {
  const start = process.hrtime.bigint();
  core.decideMany(decisions, NOW);
  return Number(process.hrtime.bigint() - start) / decisions;
}

/** How many decisions take some `ms`, found after the code is warm. */
function decisionsFor(core: Core, ms: number): number {
  timed(core, 20_000);
  return Math.ceil((ms * 1e6) / timed(core, 2000));
}

/** Bytes by which decisions grow the memory or move the place of the next allocation. */
function growth(core: Core, decisions: number): number {
  const [top, bytes] = [core.heapTop(), core.memoryBytes()];
  core.decideMany(decisions, NOW);
  return Math.abs(core.heapTop() - top) + core.memoryBytes() - bytes;
}

await runCommand(
  benchCommand('decision', 'what a decision of the filter costs')
    .option('--rounds <n>', 'interleaved rounds over the sizes', positiveWhole, 15)
    .option('--policy <name>', 'the policy that decides', 'actor')
    .option('--hidden1 <n>', "the network's first layer", positiveWhole)
    .option('--hidden2 <n>', "the network's second layer", positiveWhole)
    .option('--core <file>', 'the compiled core', join(packageRoot, 'build/simulator.wasm'))
    .action(bench),
);
