// A drift in a mesh of real Envoys: one endpoint turns four times slower for good, two are added. Is it seen, learned,
// gated, canaried and promoted with no hand on it, and is p99 lower after? docs/benchmarks.md says how to read the output.
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { UsageError } from '../trainer/cli/errors.js';
import { positiveNumber, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { loadScenario, type Scenario } from '../trainer/environment/scenario.js';
import { Cleanup } from '../trainer/mesh/apps/cleanup.js';
import { LatencyHistogram } from '../trainer/mesh/load/histogram.js';
import type { LoadReport } from '../trainer/mesh/load/messages.js';
import type { TrainerEvent } from '../trainer/telemetry/event.js';
import { benchCommand, runCommand } from './command.js';
import { setUpDriftMesh } from './drift/mesh.js';
import { metricLines, result } from './result.js';

const TARGETS = { p99AfterRatio: { atMost: 1 }, failedAfterDrift: { atMost: 0 } };
/** After a change, until what was queued before it is gone. */
const SETTLING_MS = 15_000;
const POLL_MS = 1000;

interface Options {
  readonly json?: string;
  readonly scenario: string;
  readonly config: string;
  readonly minutes: number;
  readonly measureSeconds: number;
}

interface Moment {
  readonly atMs: number;
  readonly report: LoadReport;
}

async function bench(options: Options): Promise<void> {
  const cleanup = new Cleanup();
  const moments: Moment[] = [];
  try {
    const scenario = loadScenario(options.scenario);
    const onReport = (report: LoadReport) => void moments.push({ atMs: Date.now(), report });
    const { mesh, envoy, events } = await setUpDriftMesh(scenario, options.config, onReport, cleanup);
    mesh.start();
    const begun = Date.now();
    const drift = begun + firstFault(scenario) * 1000;
    const broken = mesh.failed.then((reason) => {
      throw new Error(reason);
    });
    const story = await Promise.race([watch(events, drift, begun + options.minutes * 60_000), broken]);
    broken.catch(() => undefined);
    const promoted = story.find(({ kind }) => kind === 'rollout.promoted');
    const measured = promoted ? options.measureSeconds : 0;
    await Promise.race([pause(SETTLING_MS + measured * 1000), broken]);
    for (const { at, kind, message } of story)
      console.log(`${((Date.parse(at) - drift) / 1000).toFixed(0).padStart(5)} s  ${kind}: ${message}`);
    const since = (kind: string) => {
      const event = story.find((one) => one.kind === kind && Date.parse(one.at) > drift);
      return event ? (Date.parse(event.at) - drift) / 1000 : NaN;
    };
    const canary = story.find(({ kind, at }) => kind === 'rollout.canary' && Date.parse(at) > drift);
    const end = Date.now();
    const phase = (from: number, to: number) =>
      figures(moments.filter(({ atMs }) => atMs >= from && atMs < to));
    const before = phase(begun + SETTLING_MS, drift);
    const during = phase(drift + SETTLING_MS, canary ? Date.parse(canary.at) : end);
    const after = promoted ? phase(Date.parse(promoted.at) + SETTLING_MS, end) : undefined;
    const metrics = {
      p99BeforeMs: before.p99Ms,
      p99DriftMs: during.p99Ms,
      p99AfterMs: after?.p99Ms ?? NaN,
      p99AfterRatio: (after?.p99Ms ?? NaN) / during.p99Ms,
      meanAfterRatio: (after?.meanMs ?? NaN) / during.meanMs,
      failedAfterDrift: during.errors + (after?.errors ?? 0),
      learnedSeconds: since('learning.ended'),
      gatePassedSeconds: since('rollout.gate-passed'),
      canarySeconds: since('rollout.canary'),
      promotedSeconds: since('rollout.promoted'),
      rejected: story.filter(({ kind }) => kind === 'rollout.rejected').length,
    };
    const samples = { requests: [before.requests, during.requests, after?.requests ?? 0] };
    const summary = result('drift', envoy, metrics, samples);
    console.log(`\n${summary.machine}\ncommit ${summary.commit}\n\n${metricLines(summary, TARGETS)}`);
    if (options.json !== undefined) writeJson(options.json, summary);
  } finally {
    await cleanup.run();
  }
}

/** Seconds until the drift begins. @throws {UsageError} where nothing drifts */
function firstFault({ faults }: Scenario): number {
  const begins = faults.map((fault) => {
    if ('fromSeconds' in fault) return fault.fromSeconds;
    return 'atSeconds' in fault ? fault.atSeconds : 0;
  });
  if (begins.length === 0) throw new UsageError('--scenario: it has no faults, so that nothing drifts');
  return Math.min(...begins);
}

/** Until a model that was learned after the drift is promoted, or time is up. */
async function watch(
  events: () => Promise<readonly TrainerEvent[]>,
  drift: number,
  deadline: number,
): Promise<readonly TrainerEvent[]> {
  for (;;) {
    const seen = await events();
    const isOver = seen.some(({ kind, at }) => kind === 'rollout.promoted' && Date.parse(at) > drift);
    if (isOver || Date.now() > deadline) return seen;
    await pause(POLL_MS);
  }
}

function figures(moments: readonly Moment[]) {
  const windows = moments.map(({ report }) => report.window);
  const latency = new LatencyHistogram(windows.flatMap((window) => window.latency));
  const sum = (of: (window: LoadReport['window']) => number) =>
    windows.reduce((total, window) => total + of(window), 0);
  return {
    requests: sum(({ requests }) => requests),
    errors: sum(({ errors }) => errors),
    meanMs: latency.mean(),
    p99Ms: latency.quantile(0.99),
  };
}

await runCommand(
  benchCommand('drift', 'a drift in a mesh of real Envoys, learned with no hand on it')
    .option('--scenario <file>', 'what drifts', join(packageRoot, 'bench/scenarios/drift.json'))
    .option('--config <file>', 'options of the trainer', join(packageRoot, 'bench/drift/trainer.yaml'))
    .option('--minutes <n>', 'until it is given up', positiveNumber, 25)
    .option('--measure-seconds <n>', 'after the promotion', positiveNumber, 180)
    .action(bench),
);
