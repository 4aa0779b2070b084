// Learning curves: mean and p99 against decisions and wall time, with bands over the seeds.
import type { TopLevelSpec } from 'vega-lite';
import { ratioDomain, withEdge } from '../axis.js';
import type { CurveLook } from '../curves.js';
import type { NamedLook } from '../looks.js';
import { EVEN, lineStyle, ratioAxis, title } from './frame.js';

const WIDTH = 390;
const HEIGHT = 220;
const LABELS_APART = 18;
const FIGURES = ['mean', 'p99'] as const;
const TIMES = [
  ['decisions', 'decisions learned from'],
  ['seconds', 'wall time, s'],
] as const;
/** `0`, not `0k`. */
const SHORT = "datum.value == 0 ? '0' : format(datum.value, '~s')";

export function curveFigure(looks: readonly CurveLook[], own: readonly NamedLook[]): TopLevelSpec {
  const style = lineStyle(own, [...new Set(looks.map(({ algorithm }) => algorithm))]);
  return {
    title: title('Validation latency / best peer: below the dashed line is faster'),
    vconcat: FIGURES.map((figure) => ({
      hconcat: TIMES.map((time) => panel(looks, style, figure, time)),
    })),
  };
}

function panel(
  looks: readonly CurveLook[],
  style: ReturnType<typeof lineStyle>,
  figure: (typeof FIGURES)[number],
  [time, text]: (typeof TIMES)[number],
) {
  const finite = looks.filter((look) => Number.isFinite(look[figure].value));
  const domain = ratioDomain(finite.map((look) => look[figure].value));
  const values = finite.map(({ algorithm: name, progress, [time]: at, [figure]: estimate }) => {
    const { value, interval = [value, value] } = estimate;
    return withEdge({ name, progress, at, value, low: interval[0], high: interval[1] }, domain);
  });
  const y = { ...ratioAxis(domain, HEIGHT, LABELS_APART), title: `${figure} / best peer` };
  const x = {
    field: 'at',
    type: 'quantitative' as const,
    title: text,
    axis: { tickCount: 5, labelExpr: SHORT },
  };
  const { color } = style;
  const point = { type: 'point' as const, filled: true, opacity: 1 };
  const shown = { x, y: { field: 'shown', ...y }, color };
  return {
    width: WIDTH,
    height: HEIGHT,
    data: { values },
    layer: [
      { mark: EVEN, encoding: { y: { datum: 1, ...y } } },
      {
        mark: { type: 'area' as const, opacity: 0.1, clip: true },
        encoding: { x, y: { field: 'low', ...y }, y2: { field: 'high' }, color },
      },
      {
        mark: { type: 'line' as const, clip: true },
        encoding: { x, y: { field: 'value', ...y }, ...style },
      },
      { transform: [{ filter: '!datum.isPast' }], mark: { ...point, size: 34 }, encoding: shown },
      {
        transform: [{ filter: 'datum.isPast' }],
        mark: { ...point, size: 55, shape: 'triangle-up' },
        encoding: shown,
      },
    ],
  };
}
