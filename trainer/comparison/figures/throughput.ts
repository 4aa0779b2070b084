// Throughput over time: a line for each way to balance, a panel for each pattern and level.
import type { TopLevelSpec } from 'vega-lite';
import { LEVELS, PATTERNS } from '../cells.js';
import type { NamedLook } from '../looks.js';
import type { ThroughputSeries } from '../panels.js';
import { lineStyle, title } from './frame.js';

/** @param labels what the legend calls them, by name, where it is something else */
export function throughputFigure(
  series: readonly ThroughputSeries[],
  looks: readonly NamedLook[],
  labels: ReadonlyMap<string, string>,
): TopLevelSpec {
  const labelOf = (name: string) => labels.get(name) ?? name;
  const names = [...new Set(series.map(({ name }) => labelOf(name)))];
  const renamed = looks.map((look) => ({ ...look, name: labelOf(look.name) }));
  const values = series.flatMap(({ name, level, pattern, points }) =>
    points.map((point) => ({ name: labelOf(name), level, pattern, ...point })),
  );
  return {
    title: title('Throughput: requests answered a second'),
    data: { values },
    facet: {
      row: { field: 'pattern', sort: [...PATTERNS], title: null },
      column: { field: 'level', sort: [...LEVELS], title: null },
    },
    spec: {
      width: 400,
      height: 110,
      mark: 'line',
      encoding: {
        x: { field: 'atSeconds', type: 'quantitative', title: 'simulated time, s', scale: { nice: false } },
        y: { field: 'rps', type: 'quantitative', title: null, axis: { tickCount: 4 } },
        ...lineStyle(renamed, names),
      },
    },
    resolve: { scale: { y: 'independent', x: 'independent' } },
  };
}
