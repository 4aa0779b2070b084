// The comparison with the baseline as a plot: a point and its interval for each policy and kind of latency.
import type { TopLevelSpec } from 'vega-lite';
import { LATENCY_NAMES, type Latency } from '../results.js';
import type { Standing } from '../standings.js';
import type { Look } from './look.js';

const SHOWN: readonly Latency[] = ['meanMs', 'p50Ms', 'p99Ms', 'p999Ms'];

/** Steps of a logarithmic axis; 1 is always among them. */
const STEPS = [1, 1.5, 2, 3, 5, 7];
const COARSE_STEPS = [1, 3];
/** Wider than this, fine steps would run into each other. */
const WIDE = 8;

function ticks(low: number, high: number): number[] {
  const steps = high / low > WIDE ? COARSE_STEPS : STEPS;
  const decades = [0.001, 0.01, 0.1, 1, 10, 100, 1000];
  const all = new Set(
    decades.flatMap((decade) => steps.map((step) => Number((decade * step).toPrecision(2)))),
  );
  return [...all].filter((tick) => tick >= low && tick <= high).sort((a, b) => a - b);
}

export function ratioPlot(
  standings: readonly Standing[],
  looks: readonly Look[],
  baseline: string,
): TopLevelSpec {
  const others = standings.filter(({ isBaseline }) => !isBaseline);
  const sorted = [...others].sort((a, b) => a.ratios.meanMs.value - b.ratios.meanMs.value);
  const values = others.flatMap(({ policy, ratios }) =>
    SHOWN.flatMap((latency) => {
      const { value, interval = [value, value] } = ratios[latency];
      const [low, high] = interval;
      return Number.isFinite(value) ? [{ policy, latency: LATENCY_NAMES[latency], value, low, high }] : [];
    }),
  );
  const bounds = [1, ...values.flatMap(({ low, high }) => [low, high])];
  const domain: [number, number] = [Math.min(...bounds), Math.max(...bounds)];
  const x = {
    type: 'quantitative' as const,
    scale: { type: 'log' as const, nice: false, domain, padding: 6 },
    axis: { values: ticks(...domain), format: '~g' },
    title: null,
  };
  const color = {
    field: 'policy',
    legend: null,
    scale: { domain: looks.map(({ policy }) => policy), range: looks.map(({ colour }) => colour) },
  } as const;
  return {
    data: { values },
    facet: {
      column: {
        field: 'latency',
        sort: SHOWN.map((latency) => LATENCY_NAMES[latency]),
        title: `latency / ${baseline}`,
      },
    },
    spec: {
      width: 220,
      height: { step: 18 },
      encoding: {
        y: { field: 'policy', type: 'nominal', sort: sorted.map(({ policy }) => policy), title: null },
      },
      layer: [
        {
          mark: { type: 'rule', strokeDash: [3, 3], opacity: 0.6, color: 'currentColor' },
          encoding: { x: { datum: 1, ...x }, y: { value: 0 }, y2: { value: 'height' } },
        },
        {
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: { x: { field: 'low', ...x }, x2: { field: 'high' }, color },
        },
        {
          mark: { type: 'point', filled: true, size: 46, opacity: 1 },
          encoding: { x: { field: 'value', ...x }, color },
        },
      ],
    },
  };
}
