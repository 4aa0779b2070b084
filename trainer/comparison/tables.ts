// The figures' numbers as tables, the same in the report, on the page in Markdown and in the terminal.
import { percent, ratio, whole } from '../evaluation/format.js';
import { KEY_LATENCIES, LATENCY_NAMES } from '../evaluation/results.js';
import { cellsOf, PATTERNS, type Cell, type Level } from './cells.js';
import { learned, techniques, type Comparison, type Contender } from './comparison.js';
import { curveLooks } from './curves.js';
import { BEST } from './figures/traffic.js';
import { balancers } from './panels.js';
import { best, cellRatios, levelsOf, placesOf, ratioTo, type KeyLatency } from './ratios.js';
import { answered } from './throughput.js';

export interface Table {
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

const NONE = '-';

export const baselineOf = (comparison: Comparison): Contender =>
  techniques(comparison).find(({ name }) => name === comparison.plan.baseline)!;

/** Every contender over all patterns: what one looks at first. */
export function summary(comparison: Comparison): Table {
  const { baseline, scenarios } = comparison.plan;
  const cells = cellsOf(scenarios);
  const levels = levelsOf(cells);
  const base = baselineOf(comparison);
  const ends = new Map(
    curveLooks(comparison).map(({ algorithm, mean, p99 }) => [algorithm, [ratio(mean), ratio(p99)]]),
  );
  const columns = levels.flatMap((level) => KEY_LATENCIES.map((latency) => ({ level, latency })));
  const row = (contender: Contender) => [
    contender.name,
    ...(ends.get(contender.name) ?? [NONE, NONE]),
    ...columns.map(({ level, latency }) =>
      contender === base ? '1' : ratio(ratioTo(base, contender, placesOf(cells, level), latency)),
    ),
  ];
  const others = techniques(comparison).map((contender) => (contender.name === base.name ? base : contender));
  return {
    caption: `Validation relative to the best peer; all patterns together, relative to ${baseline}`,
    head: [
      'algorithm or technique',
      ...KEY_LATENCIES.map((latency) => `validation ${LATENCY_NAMES[latency]}`),
      ...columns.map(({ level, latency }) => `${level} ${LATENCY_NAMES[latency]}`),
    ],
    rows: [...learned(comparison), ...others].map(row),
  };
}

/** One for each level and latency: the rows of the figure, a column for each pattern. */
export function trafficTables(comparison: Comparison): Table[] {
  const { scenarios, baseline } = comparison.plan;
  const cells = cellsOf(scenarios);
  const base = baselineOf(comparison);
  const ratios = cellRatios(cells, learned(comparison), base);
  const lowest = best(cellRatios(cells, techniques(comparison), base));
  return levelsOf(cells).flatMap((level) =>
    KEY_LATENCIES.map((latency) => {
      const its = columnsOf(cells, level);
      const cellOf = (name: string, cell: Cell) =>
        ratios.find((r) => r.name === name && r.cell === cell && r.latency === latency)!;
      const bestOf = (cell: Cell) => lowest.find((r) => r.cell === cell && r.latency === latency);
      return {
        caption: `${heading(level, latency)} / ${baseline}`,
        head: ['algorithm', ...its.map(({ pattern }) => pattern)],
        rows: [
          ...comparison.plan.algorithms.map((name) => [
            name,
            ...its.map((cell) => ratio(cellOf(name, cell).estimate)),
          ]),
          [BEST, ...its.map((cell) => named(bestOf(cell)))],
        ],
      };
    }),
  );
}

const heading = (level: Level, latency: KeyLatency) =>
  `${level === 'normal' ? 'Normal' : 'Stress'}, ${LATENCY_NAMES[latency]}`;

const named = (found: ReturnType<typeof best>[number] | undefined): string =>
  found ? `${ratio(found.estimate)} ${found.name}` : NONE;

function columnsOf(cells: readonly Cell[], level: Level): Cell[] {
  return PATTERNS.flatMap((pattern) =>
    cells.filter((cell) => cell.level === level && cell.pattern === pattern),
  );
}

/** One for each level: requests answered a second, and the share that failed. */
export function throughputTables(comparison: Comparison): Table[] {
  const cells = cellsOf(comparison.plan.scenarios);
  return levelsOf(cells).map((level) => {
    const its = columnsOf(cells, level);
    return {
      caption: `${level === 'normal' ? 'Normal' : 'Stress'}: requests answered a second over the whole run (share that failed)`,
      head: ['technique', ...its.map(({ pattern }) => pattern)],
      rows: balancers(comparison).map((contender) => [
        labels(comparison).get(contender.name) ?? contender.name,
        ...its.map(({ scenarios }) => {
          const { rps, errorShare } = answered(contender.runs[scenarios[0]!]!);
          return `${whole(rps)} (${percent(errorShare)})`;
        }),
      ]),
    };
  });
}

/** What learned the actor that stands among the techniques. */
export function labels({ plan }: Comparison): Map<string, string> {
  const [first] = plan.algorithms;
  return new Map([[first!, `learned (${first!})`]]);
}

export function curveTable(comparison: Comparison): Table {
  return {
    caption: 'Validation latency while learning, relative to the best peer',
    head: ['algorithm', 'budget spent', 'decisions', 'seconds', 'mean', 'p99'],
    rows: curveLooks(comparison).map(({ algorithm, progress, decisions, seconds, mean, p99 }) => [
      algorithm,
      `${(progress * 100).toFixed(0)}%`,
      whole(decisions),
      seconds.toFixed(1),
      ratio(mean),
      ratio(p99),
    ]),
  };
}
