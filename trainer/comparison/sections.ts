// The figures with what stands beside them: a file name, a heading, how to read it, its tables.
import type { TopLevelSpec } from 'vega-lite';
import { cellsOf, STRESS_FROM } from './cells.js';
import { learned, techniques, type Comparison } from './comparison.js';
import { curveLooks } from './curves.js';
import { curveFigure } from './figures/curves.js';
import { throughputFigure } from './figures/throughput.js';
import { trafficFigure } from './figures/traffic.js';
import { namedLooks } from './looks.js';
import { throughputSeries } from './panels.js';
import { cellRatios } from './ratios.js';
import { baselineOf, curveTable, labels, throughputTables, trafficTables, type Table } from './tables.js';

export interface Section {
  /** Of the SVG file, without its folder. */
  readonly file: string;
  readonly heading: string;
  readonly caption: string;
  readonly spec: TopLevelSpec;
  readonly tables: readonly Table[];
}

export function sectionsOf(comparison: Comparison): Section[] {
  const { plan } = comparison;
  const looks = namedLooks(comparison);
  const cells = cellsOf(plan.scenarios);
  const base = baselineOf(comparison);
  return [
    {
      file: 'algorithms-by-traffic.svg',
      heading: 'Algorithms by traffic',
      caption: `Latency of what each algorithm learned, as a ratio to ${plan.baseline} on the same requests: mean over the seeds, ${bars(plan.seeds)} The best technique is the one of the ${techniques(comparison).length} with the lowest ratio in that very cell, chosen afterwards.`,
      spec: trafficFigure(
        cellRatios(cells, learned(comparison), base),
        cellRatios(cells, techniques(comparison), base),
        looks,
        plan.baseline,
      ),
      tables: trafficTables(comparison),
    },
    {
      file: 'throughput-over-time.svg',
      heading: 'Throughput over time',
      caption: `Requests answered without an error, over simulated time, the seeds together; a load below ${STRESS_FROM} of capacity is normal, from there on it is stress. Who keeps up with the arrivals draws the same line as all others who do, and the last one covers them. Requests of the warm-up do not count, so who starts with a backlog starts low. The scales differ from panel to panel.`,
      spec: throughputFigure(throughputSeries(comparison), looks, labels(comparison)),
      tables: throughputTables(comparison),
    },
    {
      file: 'learning-curves.svg',
      heading: 'Learning curves',
      caption: `Mean latency and p99 on the validation scenarios, relative to the best of the peers, against decisions learned from and wall time: mean over the seeds, ${bands(plan.seeds)}`,
      spec: curveFigure(curveLooks(comparison), looks),
      tables: [curveTable(comparison)],
    },
  ];
}

const CUT =
  'where it is wider than the frame, it is cut; what lies past the frame is a triangle at its edge. The table has it whole.';
const bars = (seeds: number) =>
  seeds > 1 ? `the bar is its 95% interval; ${CUT}` : 'a single seed, which has no interval.';
const bands = (seeds: number) =>
  seeds > 1 ? `the band is its 95% interval; ${CUT}` : 'a single seed, which has no interval.';
