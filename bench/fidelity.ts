// The simulator against the real mesh: the same workloads through real Envoys and through simulator.wasm, latencies and
// rankings of the policies compared. docs/benchmarks.md says how to read the output.
import { join } from 'node:path';
import { SingleBar } from 'cli-progress';
import { InvalidArgumentError } from 'commander';
import { positiveWhole, writeJson } from '../trainer/cli/options.js';
import { packageRoot } from '../trainer/cli/package-root.js';
import { PROXY_POLICIES, type ProxyPolicy } from '../trainer/environment/policies.js';
import { loadScenario } from '../trainer/environment/scenario.js';
import { Cleanup } from '../trainer/mesh/apps/cleanup.js';
import { benchCommand, runCommand } from './command.js';
import { measureAll, runsOf, type MeasuredCell, type Plan } from './fidelity/cells.js';
import { FIGURES, gap, rank, ratio, noiseOf, type Figure } from './fidelity/compare.js';
import { setUpRealMesh } from './fidelity/real-mesh.js';
import { geometricMean } from './fidelity/statistics.js';
import { cellTable, markdownTable, rankingLines } from './fidelity/report.js';
import { median, metricLines, result, short, type Result } from './result.js';

const SCENARIOS = ['uneven-bursts', 'classes-and-slowdown', 'call-graph'].map((name) =>
  join(packageRoot, `bench/scenarios/fidelity/${name}.json`),
);
const POLICIES: readonly ProxyPolicy[] = ['least-request', 'peak-ewma', 'prequal', 'ewma-full'];
/** Past this share of the machine's cpu time requests wait for cores, which the simulator does not know of. */
const BUSY = 0.6;

interface Options {
  readonly json?: string;
  readonly markdown?: true;
  readonly seeds: number;
  readonly requests?: number;
  readonly scenario: readonly string[];
  readonly policy: readonly ProxyPolicy[];
}

async function bench(options: Options): Promise<void> {
  const scenarios = options.scenario
    .map(loadScenario)
    .map((scenario) => ({ ...scenario, requests: options.requests ?? scenario.requests }));
  const cleanup = new Cleanup();
  try {
    const real = await setUpRealMesh(cleanup);
    const plan = { scenarios, policies: options.policy, seeds: options.seeds };
    const cells = await withBar(plan, (onRun) => measureAll(plan, real, onRun));
    const noise = { p50Ms: noiseOf(cells, 'p50Ms'), p99Ms: noiseOf(cells, 'p99Ms') };
    const summary = result('fidelity', real.description, metrics(cells, noise), samples(cells));
    console.log(`${summary.machine}\ncommit ${summary.commit}; ${options.seeds} seeds, interleaved\n`);
    console.log(`${networkLine(cells)}\n\n${cellTable(cells)}\n\n${rankingLines(cells, noise)}\n`);
    console.log(metricLines(summary, targets(scenarios.length)));
    if (options.markdown) console.log(`\n${markdownTable(cells)}`);
    if (options.json !== undefined) writeJson(options.json, summary);
    warnOfMachine(cells);
  } finally {
    await cleanup.run();
  }
}

async function withBar<T>(plan: Plan, work: (onRun: () => void) => Promise<T>): Promise<T> {
  const bar = new SingleBar({ format: 'measuring {bar} {value}/{total}, {eta_formatted} left' });
  bar.start(runsOf(plan), 0);
  try {
    return await work(() => bar.increment());
  } finally {
    bar.stop();
  }
}

const byScenario = (cells: readonly MeasuredCell[]): MeasuredCell[][] =>
  [...new Set(cells.map((cell) => cell.scenario))].map((name) =>
    cells.filter((cell) => cell.scenario === name),
  );

/** What the simulator was told of each scenario. */
function networkLine(cells: readonly MeasuredCell[]): string {
  const parts = byScenario(cells).map(([cell]) => `${cell!.scenario} ${short(median(cell!.networkMs))}`);
  return `networkMs, as measured on the idle mesh: ${parts.join(', ')}`;
}

function metrics(cells: readonly MeasuredCell[], noise: Readonly<Record<Figure, number>>): Result['metrics'] {
  const worst = (figure: Figure) => Math.max(...cells.map((cell) => gap(ratio(cell[figure]))));
  const rankings = byScenario(cells).flatMap((own) => FIGURES.map((f) => rank(own, f, noise[f])));
  const all = cells.flatMap((cell) => cell.cpuBusy);
  return {
    worstP50Gap: worst('p50Ms'),
    worstP99Gap: worst('p99Ms'),
    rankings: rankings.length,
    rankingsAgreeing: rankings.filter(({ agrees }) => agrees).length,
    noiseP50: noise.p50Ms,
    noiseP99: noise.p99Ms,
    errors: cells.flatMap((cell) => cell.errors).reduce((a, b) => a + b, 0),
    cpuBusy: all.reduce((a, b) => a + b, 0) / all.length,
  };
}

const targets = (scenarios: number) => ({
  worstP50Gap: { atMost: 0.25 },
  worstP99Gap: { atMost: 0.25 },
  rankingsAgreeing: { atLeast: scenarios * FIGURES.length },
});

function samples(cells: readonly MeasuredCell[]): Result['samples'] {
  const ofCell = (cell: MeasuredCell) => [
    ...FIGURES.flatMap((figure) => [
      [`${figure}.real`, cell[figure].real] as const,
      [`${figure}.simulated`, cell[figure].simulated.map(geometricMean)] as const,
    ]),
    ['cpuBusy', cell.cpuBusy] as const,
  ];
  return Object.fromEntries([
    ...byScenario(cells).map(([cell]) => [`${cell!.scenario}.networkMs`, cell!.networkMs] as const),
    ...cells.flatMap((cell) =>
      ofCell(cell).map(([name, values]) => [`${cell.scenario}.${cell.policy}.${name}`, values] as const),
    ),
  ]);
}

function warnOfMachine(cells: readonly MeasuredCell[]): void {
  const most = Math.max(...cells.flatMap((cell) => cell.cpuBusy));
  if (most > BUSY)
    console.error(
      `the machine was busy (${Math.round(most * 100)}% in the worst run): real latencies are too long`,
    );
}

function proxyPolicy(text: string, before: readonly ProxyPolicy[] | undefined): ProxyPolicy[] {
  const found = PROXY_POLICIES.find((policy) => policy === text);
  if (!found) throw new InvalidArgumentError(`Expected one of ${PROXY_POLICIES.join(', ')}.`);
  return before === undefined || before === POLICIES ? [found] : [...before, found];
}

await runCommand(
  benchCommand('fidelity', 'the simulator against real Envoys')
    .option('--seeds <n>', 'runs of each scenario under each policy', positiveWhole, 3)
    .option('--requests <n>', 'requests of a run that count (default: as the scenario says)', positiveWhole)
    .option('--scenario <file...>', 'scenario files', SCENARIOS)
    .option('--policy <name...>', 'policies that both can run', proxyPolicy, POLICIES)
    .option('--markdown', 'also print the table for docs/benchmarks.md')
    .action(bench),
);
