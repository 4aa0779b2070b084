// What the trainer's server bears: reports a second on one core, what a thousand sidecars cost it, a million bodies of
// garbage, and whether its memory stays flat. docs/benchmarks.md says how to read the output.
import { Option } from 'commander';
import { positiveWhole, writeJson } from '../trainer/cli/options.js';
import { benchCommand, runCommand } from './command.js';
import { metricLines, quantile, result } from './result.js';
import { runLoad, runSpanLoad, startServing, type Served } from './trainer/processes.js';
import type { LoadPlan, LoadResult } from './trainer/load-process.js';
import { simulate } from './trainer/simulated-time.js';

const PROXIES = 1000;
const SHAPE = { endpoints: 20, samples: 0 };
/** The most that a sidecar sends by default. */
const SAMPLES = 64;
const RATE = 1000;
const SPAN_ROUNDS = 6;
const TARGETS = {
  reportsPerSecond: { atLeast: 5000 },
  reportsPerCpuSecond: { atLeast: 5000 },
  answerP99Ms: { atMost: 50 },
  'cpuShare.1000': { atMost: 0.4 },
  'rssMb.1000': { atMost: 512 },
  garbageAnswered4xx: { atLeast: 1 },
  goodAmongGarbage: { atLeast: 1 },
  garbageRssGrowth: { atMost: 1.2 },
  heapGrowth30Min: { atMost: 1.1 },
  spansPerSecond: { atLeast: 20_000 },
  'spansPerSecond.gzip': { atLeast: 20_000 },
  spansRssGrowth: { atMost: 1.1 },
};

interface Options {
  readonly json?: string;
  readonly reports: number;
  readonly garbage: number;
  readonly minutes: number;
  readonly spans: number;
  readonly only?: 'spans';
}

async function bench(options: Options): Promise<void> {
  const reports = options.only === undefined ? await benchReports(options) : { metrics: {}, samples: {} };
  const spans = await benchSpans(options.spans);
  const metrics = { ...reports.metrics, ...spans.metrics };
  const samples = { ...reports.samples, ...spans.samples };
  const summary = result('trainer', `Node ${process.version}`, metrics, samples);
  console.log(`${summary.machine}\ncommit ${summary.commit}; answers at ${RATE} reports a second\n`);
  console.log(metricLines(summary, TARGETS));
  if (options.json !== undefined) writeJson(options.json, summary);
}

interface Part {
  readonly metrics: Readonly<Record<string, number>>;
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

async function benchReports(options: Options): Promise<Part> {
  const [trainer, floor] = [await startServing('server-process.js'), await startServing('floor-process.js')];
  if (!trainer.pinned) console.log('no taskset, or one core: the processes share what there is');
  let seq = 1;
  const load = async (plan: Partial<LoadPlan>, served = trainer): Promise<Measured> => {
    const whole = {
      port: served.port,
      count: options.reports,
      connections: 64,
      proxies: PROXIES,
      shape: SHAPE,
    };
    const measured = await measure(served, { ...whole, ...plan, seq });
    seq += 10_000_000;
    return measured;
  };
  try {
    // Until V8 has compiled what is hot: a cold server takes several times as long.
    for (const served of [trainer, floor]) await load({}, served);
    const [closed, least] = [await load({}), await load({}, floor)];
    const sampled = await load({ shape: { ...SHAPE, samples: SAMPLES }, count: options.reports / 5 });
    const steady = await load({ rate: RATE });
    const first = await load({ garbage: true, count: options.garbage / 10 });
    const garbage = await load({ garbage: true, count: options.garbage });
    const growth = simulate(options.minutes, PROXIES, SHAPE.endpoints);
    const early = Math.min(4, growth.heapMb.length - 1);
    const metrics = {
      reportsPerSecond: closed.count / closed.seconds,
      reportsPerCpuSecond: 1e6 / closed.cpuUsEach,
      // Of node:http and JSON.parse alone, at the same time: on a busy machine cpu time stretches.
      'reportsPerCpuSecond.floor': 1e6 / least.cpuUsEach,
      'reportsPerCpuSecond.samples': 1e6 / sampled.cpuUsEach,
      answerP99Ms: quantile(steady.latenciesMs, 0.99),
      'cpuShare.1000': (steady.cpuUsEach * RATE) / 1e6,
      'rssMb.1000': steady.rssMb,
      garbageAnswered4xx: share(garbage, (status) => status >= 400 && status < 500) / 0.99,
      goodAmongGarbage: share(garbage, (status) => status === 200) / 0.01,
      garbageRssGrowth: garbage.rssMb / first.rssMb,
      heapGrowth30Min: growth.heapMb.at(-1)! / growth.heapMb[early]!,
    };
    return { metrics, samples: { answerMs: steady.latenciesMs, heapMb: growth.heapMb } };
  } finally {
    await Promise.all([trainer.stop(), floor.stop()]);
  }
}

/** Through the graph and the store of traces, which are full to their bounds before the last of them. */
async function benchSpans(count: number): Promise<Part> {
  const trainer = await startServing('server-process.js');
  const rates: number[] = [];
  const gzipped: number[] = [];
  const rssMb: number[] = [];
  let seq = 0;
  const once = async (gzip: boolean): Promise<number> => {
    const plan = { port: trainer.port, count, connections: 8, gzip, seq };
    const before = await trainer.usage();
    const load = await runSpanLoad(plan);
    const after = await trainer.usage();
    if (load.refused > 0) throw new Error(`${load.refused} batches of spans were refused`);
    seq += 1_000_000;
    rssMb.push(after.rssMb);
    // Of cpu time, since whoever sends shares the machine.
    return (1e6 * load.spans) / (after.cpuUs - before.cpuUs);
  };
  try {
    for (let i = 0; i < SPAN_ROUNDS; i++) {
      rates.push(await once(false));
      gzipped.push(await once(true));
    }
  } finally {
    await trainer.stop();
  }
  const half = Math.floor(rssMb.length / 2);
  return {
    metrics: {
      spansPerSecond: quantile(rates.slice(1), 0.5),
      'spansPerSecond.gzip': quantile(gzipped.slice(1), 0.5),
      spansRssGrowth: rssMb.at(-1) / Math.max(...rssMb.slice(0, half)),
      'rssMb.spans': rssMb.at(-1),
    },
    samples: { spansPerSecond: rates, spansPerSecondGzip: gzipped, spansRssMb: rssMb },
  };
}

interface Measured extends LoadResult {
  readonly count: number;
  readonly cpuUsEach: number;
  /** When the load was over. */
  readonly rssMb: number;
}

async function measure(served: Served, plan: LoadPlan): Promise<Measured> {
  const before = await served.usage();
  const load = await runLoad(plan);
  const after = await served.usage();
  const count = load.latenciesMs.length;
  return { ...load, count, cpuUsEach: (after.cpuUs - before.cpuUs) / count, rssMb: after.rssMb };
}

function share({ statuses, count }: Measured, matches: (status: number) => boolean): number {
  const matching = Object.entries(statuses).filter(([status]) => matches(Number(status)));
  return matching.reduce((sum, [, n]) => sum + n, 0) / count;
}

await runCommand(
  benchCommand('trainer', "what the trainer's server bears")
    .option('--reports <n>', 'reports of a measurement', positiveWhole, 30_000)
    .option('--garbage <n>', 'bodies of garbage', positiveWhole, 1_000_000)
    .option('--spans <n>', 'spans of a measurement', positiveWhole, 400_000)
    .addOption(new Option('--only <part>', 'measure this part alone').choices(['spans']))
    .option('--minutes <n>', 'simulated time of the memory test', positiveWhole, 30)
    .action(bench),
);
