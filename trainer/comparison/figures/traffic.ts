// What the algorithms learned, by traffic: a point and its interval for each pattern, level and kind of latency.
import type { TopLevelSpec } from 'vega-lite';
import { KEY_LATENCIES, LATENCY_NAMES } from '../../evaluation/results.js';
import { ratioDomain, withEdge } from '../axis.js';
import { LEVELS, PATTERNS, type Level } from '../cells.js';
import type { NamedLook } from '../looks.js';
import { best, type CellRatio, type KeyLatency } from '../ratios.js';
import { EVEN, INK, lineStyle, ratioAxis, title } from './frame.js';

/** The row of the best technique among those of the algorithms. */
export const BEST = 'best technique';

const WIDTH = 160;
const LABELS_APART = 20;
/** Fewer rows stand farther apart, for the label at their side. */
const FEW = 5;

const blockOf = (level: Level, latency: KeyLatency) => `${level}, ${LATENCY_NAMES[latency]}`;
const BLOCKS = LEVELS.flatMap((level) => KEY_LATENCIES.map((latency) => blockOf(level, latency)));

/** @param ratios of the algorithms; @param others of the techniques, the best of which is shown */
export function trafficFigure(
  ratios: readonly CellRatio[],
  others: readonly CellRatio[],
  looks: readonly NamedLook[],
  baseline: string,
): TopLevelSpec {
  const algorithms = [...new Set(ratios.map(({ name }) => name))];
  const names = [...algorithms, BEST];
  const rows = [...ratios, ...best(others).map((ratio) => ({ ...ratio, name: BEST }))];
  const finite = rows.filter(({ estimate }) => Number.isFinite(estimate.value));
  const domain = ratioDomain(finite.map(({ estimate }) => estimate.value));
  const values = finite.map(({ cell, latency, name, estimate }) => {
    const { value, interval = [value, value] } = estimate;
    const [low, high] = interval;
    const row = { name, pattern: cell.pattern, block: blockOf(cell.level, latency), value, low, high };
    return { ...withEdge(row, domain), label: value.toPrecision(3) };
  });
  const x = { ...ratioAxis(domain, WIDTH, LABELS_APART), title: null };
  const { range } = lineStyle(looks, algorithms).color.scale;
  const color = {
    field: 'name',
    type: 'nominal' as const,
    legend: null,
    scale: { domain: names, range: [...range, INK] },
  };
  const shown = { x: { field: 'shown', ...x }, color };
  return {
    title: title(`Latency / ${baseline}: left of the dashed line is faster`),
    data: { values },
    facet: {
      row: { field: 'block', sort: BLOCKS, title: null },
      column: { field: 'pattern', sort: [...PATTERNS], title: null },
    },
    spec: {
      width: WIDTH,
      height: { step: names.length < FEW ? 26 : 17 },
      encoding: { y: { field: 'name', type: 'nominal', sort: names, title: null } },
      layer: [
        { mark: EVEN, encoding: { x: { datum: 1, ...x }, y: { value: 0 }, y2: { value: 'height' } } },
        {
          mark: { type: 'rule', strokeWidth: 2 },
          encoding: { x: { field: 'from', ...x }, x2: { field: 'to' }, color },
        },
        {
          transform: [{ filter: '!datum.isPast' }],
          mark: { type: 'point', filled: true, size: 50, opacity: 1 },
          encoding: shown,
        },
        {
          transform: [{ filter: 'datum.isPast' }],
          mark: { type: 'point', filled: true, size: 60, opacity: 1, shape: 'triangle-right' },
          encoding: shown,
        },
        {
          transform: [{ filter: 'datum.isPast' }],
          mark: { type: 'text', align: 'right', dx: -8, dy: -7, fontSize: 10 },
          encoding: { ...shown, text: { field: 'label' } },
        },
      ],
    },
  };
}
