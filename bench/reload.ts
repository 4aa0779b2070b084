// How soon a new model serves, and what a thousand of them do to an Envoy under traffic. docs/benchmarks.md says how to
// read the output.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { SingleBar } from 'cli-progress';
import { Option } from 'commander';
import { positiveWhole, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { Cleanup } from '../trainer/mesh/apps/cleanup.js';
import { findEnvoy } from '../trainer/mesh/envoy/binary.js';
import { againInPodNetwork, hasPodNetwork } from './cluster/network.js';
import { benchCommand, runCommand } from './command.js';
import { setIstioStage } from './reload/istio-stage.js';
import { setStage, type Release, type Stage } from './reload/stage.js';
import { Traffic, type TrafficFigures } from './reload/traffic.js';
import { median, metricLines, quantile, result } from './result.js';

const TARGETS = {
  failedRequests: { atMost: 0 },
  effectP99Ms: { atMost: 1000 },
  rssGrowthRatio: { atMost: 1.05 },
};

/** Unless said otherwise. */
const RELOADS = { file: 1000, istio: 100 };
const REQUESTS_PER_SECOND = 300;
const POLL_MS = 2;
const DEADLINE_MS = 15_000;
/** Answers by the right endpoints that confirm a reload: on sixteen connections both workers have their share. */
const CONFIRMATIONS = 8;
/** Memory grows while buffers and V8 find their size: the reloads after which it counts, and readings a median. */
const SETTLING_RELOADS = 100;
const READINGS = 20;
/** Traffic before the first and after the last reload. */
const MARGIN_MS = 1000;

interface Options {
  readonly json?: string;
  readonly reloads?: number;
  readonly controlPlane: 'file' | 'istio';
  readonly plugin: string;
}

async function bench(options: Options): Promise<void> {
  const isIstio = options.controlPlane === 'istio';
  if (isIstio && !(await hasPodNetwork())) {
    // In there, it could not be fetched.
    await findEnvoy({ note: console.error });
    process.exitCode = againInPodNetwork();
    return;
  }
  const cleanup = new Cleanup();
  try {
    const stage = await (isIstio ? setIstioStage : setStage)(cleanup, options.plugin);
    const { effectMs, rssBytes, traffic } = await underTraffic(
      stage,
      options.reloads ?? RELOADS[options.controlPlane],
      cleanup,
    );
    const metrics = {
      reloads: effectMs.length,
      failedRequests: traffic.failed,
      effectP50Ms: quantile(effectMs, 0.5),
      effectP99Ms: quantile(effectMs, 0.99),
      rssGrowthRatio: growth(rssBytes),
    };
    const samples = { effectMs, rssBytes, requests: [traffic.requests], staleAnswers: [traffic.stale] };
    const summary = result('reload', stage.envoy, metrics, samples);
    // Clusters of istiod have a semicolon behind their name there.
    const retries = [...(await stage.sidecar.stats('upstream_rq_retry$'))].find(([name]) =>
      name.startsWith(`cluster.${stage.cluster}`),
    )?.[1];
    console.log(`${summary.machine}\ncommit ${summary.commit}; control plane: ${stage.controlPlane}`);
    console.log(`${traffic.requests} requests, ${retries ?? 0} tries repeated by Envoy`);
    console.log(`${traffic.stale} answers by an endpoint of an earlier configuration after the effect`);
    console.log(`${stage.sink.models.size} models named in ${stage.sink.reports} reports`);
    for (const [message, count] of traffic.failures) console.log(`${count} failed: ${message}`);
    console.log(`\n${metricLines(summary, TARGETS)}`);
    const { samples: _raw, ...figures } = summary;
    if (options.json === undefined) console.log(`\n${JSON.stringify(figures)}`);
    else writeJson(options.json, summary);
  } finally {
    await cleanup.run();
  }
}

interface Figures {
  readonly effectMs: number[];
  readonly rssBytes: number[];
  readonly traffic: TrafficFigures;
}

async function underTraffic(stage: Stage, reloads: number, cleanup: Cleanup): Promise<Figures> {
  const traffic = new Traffic(stage.address, REQUESTS_PER_SECOND, stage.host);
  cleanup.add(() => traffic.stop());
  const bar = new SingleBar({ format: 'reloading {bar} {value}/{total}', clearOnComplete: true });
  bar.start(reloads, 0);
  const effectMs: number[] = [];
  const rssBytes: number[] = [];
  const ended = stage.sidecar.ended.then((reason) => {
    throw new Error(reason);
  });
  const work = async (): Promise<void> => {
    await pause(MARGIN_MS);
    for (let n = 1; n <= reloads; n++) {
      effectMs.push(await reload(stage, stage.release(n), traffic));
      rssBytes.push(stage.sidecar.residentBytes());
      bar.increment();
    }
    await pause(MARGIN_MS);
  };
  try {
    await Promise.race([work(), ended]);
  } finally {
    bar.stop();
  }
  return { effectMs, rssBytes, traffic: await traffic.stop() };
}

/** Publishes and waits for every worker; then for answers that only the new configuration gives. */
async function reload(stage: Stage, release: Release, traffic: Traffic): Promise<number> {
  traffic.unsettled();
  const began = performance.now();
  await stage.publisher.publish(release.configuration);
  while (!(await stage.isInEffect(release))) {
    if (performance.now() - began > DEADLINE_MS)
      throw new Error(`a model is not in effect after ${DEADLINE_MS / 1000} s`);
    await pause(POLL_MS);
  }
  const effect = performance.now() - began;
  await traffic.settled(release, CONFIRMATIONS);
  return effect;
}

/** Memory at the end over memory once it settled; over a tenth of the run where that is short. */
function growth(rssBytes: readonly number[]): number {
  const from = Math.min(SETTLING_RELOADS, Math.floor(rssBytes.length / 10));
  return median(rssBytes.slice(-READINGS)) / median(rssBytes.slice(from, from + READINGS));
}

const command = benchCommand('reload', 'reloads of the model in an Envoy under traffic')
  .option('--reloads <n>', 'how many; 1000 through a file, 100 through istiod', positiveWhole)
  .addOption(
    new Option('--control-plane <kind>', 'who brings the model').choices(['file', 'istio']).default('file'),
  )
  .option('--plugin <file>', 'the compiled filter', join(packageRoot, 'build/plugin.wasm'))
  .action(bench);
await runCommand(command);
