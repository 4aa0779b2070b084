// The figures of a scenario, each a plot by vega-lite: latencies, the tail over time, who got the requests.
import type { TopLevelSpec } from 'vega-lite';
import type { Scenario } from '../../environment/scenario.js';
import { cdf, mergeHistograms, mergeWindows } from '../merge.js';
import type { Results, Run } from '../results.js';
import type { Look } from './look.js';
import { shareRows } from './shares.js';

/** With axes and titles. */
const FRAME = { width: 540, autosize: { type: 'fit-x', contains: 'padding' } } as const;
const HEIGHT = 270;
/** More rows than this stand closer. */
const MANY_ROWS = 24;

const LATENCY_TITLE = 'latency, ms';

/** Colour, dash and width by policy. */
function lineStyle(looks: readonly Look[]) {
  const domain = looks.map(({ policy }) => policy);
  const by = <T>(range: T[]) => ({ field: 'policy', legend: null, scale: { domain, range } }) as const;
  return {
    color: by(looks.map(({ colour }) => colour)),
    strokeDash: by(looks.map(({ dash }) => [...dash])),
    // Ordinal: of a nominal field vega-lite doubts that widths make sense.
    strokeWidth: { ...by(looks.map(({ width }) => width)), type: 'ordinal' as const },
  };
}

type Runs = (look: Look) => readonly Run[];

const runsOf =
  (results: Results, scenario: Scenario): Runs =>
  ({ policy }) =>
    results.of(scenario, policy);

export function latencyPlot(results: Results, scenario: Scenario, looks: readonly Look[]): TopLevelSpec {
  const runs = runsOf(results, scenario);
  const values = looks.flatMap((look) =>
    cdf(mergeHistograms(runs(look).map(({ histogram }) => histogram))).map((point) => ({
      policy: look.policy,
      ...point,
    })),
  );
  return {
    ...FRAME,
    height: HEIGHT,
    data: { values },
    mark: 'line',
    encoding: {
      x: { field: 'ms', type: 'quantitative', scale: { type: 'log', nice: false }, title: LATENCY_TITLE },
      y: { field: 'share', type: 'quantitative', title: 'share of requests', axis: { format: '%' } },
      ...lineStyle(looks),
    },
  };
}

export function tailPlot(results: Results, scenario: Scenario, looks: readonly Look[]): TopLevelSpec {
  const runs = runsOf(results, scenario);
  const values = looks.flatMap((look) =>
    mergeWindows(runs(look).map(({ windows }) => windows)).map((point) => ({
      policy: look.policy,
      ...point,
    })),
  );
  return {
    ...FRAME,
    height: HEIGHT,
    data: { values },
    mark: 'line',
    encoding: {
      x: { field: 'atSeconds', type: 'quantitative', title: 'simulated time, s', scale: { nice: false } },
      y: { field: 'p99Ms', type: 'quantitative', scale: { type: 'log', nice: false }, title: 'p99, ms' },
      ...lineStyle(looks),
    },
  };
}

export function sharePlot(results: Results, scenario: Scenario, looks: readonly Look[]): TopLevelSpec {
  const runs = runsOf(results, scenario);
  const { rows, order } = shareRows(looks.map((look) => ({ policy: look.policy, runs: runs(look) })));
  const { color } = lineStyle(looks);
  return {
    ...FRAME,
    height: { step: rows.length > MANY_ROWS ? 12 : 18 },
    encoding: {
      y: { field: 'endpoint', type: 'nominal', sort: order, title: null },
      x: { type: 'quantitative', title: "share of the service's requests", axis: { format: '%' } },
    },
    layer: [
      {
        data: { values: rows.flatMap(({ shares, endpoint }) => shares.map((s) => ({ endpoint, ...s }))) },
        mark: { type: 'point', filled: false, size: 34 },
        encoding: { x: { field: 'share', type: 'quantitative' }, color },
      },
      {
        data: { values: rows.map(({ endpoint, capacity }) => ({ endpoint, capacity })) },
        mark: { type: 'tick', color: 'currentColor', thickness: 2.5, size: 15 },
        encoding: { x: { field: 'capacity', type: 'quantitative' } },
      },
    ],
  };
}
