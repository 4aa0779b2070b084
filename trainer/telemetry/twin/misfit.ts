// How far what was simulated is from what was measured.
import type { Estimate } from './estimate.js';
import { merged, quantileOf, totalOf } from './quantiles.js';
import { sum } from './series.js';
import type { TwinRun } from './simulate.js';

type Weighted = readonly [value: number, weight: number];

/** Quantiles of all answers together that are compared, with their weights; and those of an endpoint. */
const POOLED: readonly Weighted[] = [
  [0.05, 1],
  [0.1, 1],
  [0.25, 1],
  [0.5, 2],
  [0.75, 1],
  [0.9, 1],
  [0.95, 1],
  [0.99, 2],
];
const OWN: readonly Weighted[] = [
  [0.25, 0.5],
  [0.5, 1],
  [0.9, 0.5],
];

/** Root mean square of the log ratios of what was simulated to what was measured. */
export function misfit(run: TwinRun, { endpoints }: Estimate): number {
  const simulated = merged(run.endpoints.map(({ latency }) => latency));
  const measured = merged(endpoints.map(({ latency }) => latency));
  const all = totalOf(measured);
  const parts = [
    ...logRatios(simulated, measured, POOLED, 1),
    ...endpoints.flatMap(({ latency }, i) =>
      logRatios(run.endpoints[i]!.latency, latency, OWN, (4 * totalOf(latency)) / all),
    ),
  ];
  return rootMeanSquare(parts);
}

/** The same of one endpoint's answers alone. */
export function ownMisfit(run: TwinRun, { endpoints }: Estimate, i: number): number {
  return rootMeanSquare(logRatios(run.endpoints[i]!.latency, endpoints[i]!.latency, POOLED, 1));
}

function logRatios(
  a: Float64Array,
  b: Float64Array,
  quantiles: readonly Weighted[],
  weight: number,
): Weighted[] {
  if (totalOf(a) === 0 || totalOf(b) === 0) return [];
  return quantiles.map(([q, own]) => [Math.log(quantileOf(a, q)! / quantileOf(b, q)!), own * weight]);
}

function rootMeanSquare(values: readonly Weighted[]): number {
  const squares = sum(values.map(([value, weight]) => weight * value ** 2));
  return Math.sqrt(squares / Math.max(sum(values.map(([, weight]) => weight)), 1e-9));
}
