// How fast the learner is, how soon it is ahead of every policy that proxies can run, and how the model that ships stands.
// docs/benchmarks.md says how to read the output.
import { positiveNumber, positiveWhole, writeJson } from '../trainer/cli/options.js';
import { benchCommand, runCommand } from './command.js';
import { columns, median, metricLines, result, short } from './result.js';
import { quality } from './training/quality.js';
import { race } from './training/race.js';
import { throughput } from './training/throughput.js';

const TARGETS = {
  workerScaling: { atLeast: 1.7 },
  secondsToBeatPeers: { atMost: 600 },
  p99RatioToBestPeer: { atMost: 0.88 },
  meanRatioToBestPeer: { atMost: 0.93 },
  p99RatioToBestProduct: { atMost: 0.5 },
  meanRatioToBestProduct: { atMost: 0.6 },
  meanRatioToWorkOracle: { atMost: 1.2 },
  p99RatioToWorkOracle: { atMost: 1.25 },
  worstP99RatioToBestPeer: { atMost: 1.15 },
  quantisedP99Ratio: { atMost: 1.01 },
};

interface Options {
  readonly json?: string;
  readonly rounds: number;
  readonly seconds: number;
  readonly minutes: number;
  readonly seeds: number;
}

async function bench(options: Options): Promise<void> {
  const speed = await throughput(options.rounds, options.seconds);
  const [one, two] = [median(speed[1]), median(speed[2])];
  const seconds = await race(options.minutes);
  const stand = await quality(options.seeds);
  const metrics = {
    'samplesPerSecond.1': one,
    'samplesPerSecond.2': two,
    workerScaling: two / one,
    secondsToBeatPeers: seconds,
    ...stand.metrics,
  };
  const samples = { 'samplesPerSecond.1': speed[1], 'samplesPerSecond.2': speed[2], ...stand.samples };
  const summary = result('training', `TensorFlow.js, ${options.seeds} seeds a scenario`, metrics, samples);
  console.log(`${summary.machine}\ncommit ${summary.commit}\n`);
  const rows = Object.entries(speed).map(([workers, values]) => [
    `${workers} workers`,
    ...[Math.min(...values), median(values), Math.max(...values)].map(short),
  ]);
  console.log(`${columns([['decisions/s', 'least', 'median', 'most'], ...rows])}\n`);
  console.log(metricLines(summary, TARGETS));
  console.log(`\nbest single peers: ${stand.best}`);
  if (options.json !== undefined) writeJson(options.json, summary);
}

await runCommand(
  benchCommand('training', 'how fast the learner is, and how the model that ships stands')
    .option('--rounds <n>', 'interleaved rounds of one and two workers', positiveWhole, 3)
    .option('--seconds <n>', 'of a round', positiveNumber, 20)
    .option('--minutes <n>', 'to beat every peer from scratch at most', positiveNumber, 10)
    .option('--seeds <n>', 'seeds of each validation scenario', positiveWhole, 3)
    .action(bench),
);
