// uPlot, as the charts of this page look.
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { clock } from '../text/format.js';
import { colour } from '../theme.js';
import type { Series } from './chart.js';

interface PlotOptions {
  readonly series: readonly Series[];
  readonly format: (value: number | null | undefined) => string;
  readonly isElapsed: boolean;
  readonly height: number;
  readonly least: number;
  readonly colours: readonly string[];
}

const FONT = '11px system-ui, sans-serif';

export function makePlot(target: HTMLElement, data: uPlot.AlignedData, options: PlotOptions): uPlot {
  const { series, format, isElapsed, height, least, colours } = options;
  const axis = {
    stroke: colour('--muted'),
    font: FONT,
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: target.clientWidth || 300,
      height,
      // Room for the half of the last time that lies beyond the plot.
      padding: [8, 28, 0, 0],
      legend: { show: false },
      cursor: { points: { size: 5 } },
      scales: {
        x: { time: !isElapsed },
        y: { range: (_plot, low, high) => [Math.min(0, low), Math.max(least, high * 1.1) || 1] },
      },
      axes: [
        {
          ...axis,
          size: 26,
          space: 80,
          values: (_plot, ticks) => ticks.map((tick) => (isElapsed ? `${tick} s` : clock(tick * 1000))),
        },
        { ...axis, size: 62, values: (_plot, ticks) => ticks.map((tick) => format(tick)) },
      ],
      series: [
        {},
        ...series.map(({ label }, i) => ({
          label,
          stroke: colours[i] ?? '',
          width: 1.6,
          points: { show: false },
          value: (_plot: uPlot, value: number | null) => format(value),
        })),
      ],
      hooks: { setCursor: [(plot) => showValues(plot, options)] },
    },
    data,
    target,
  );
}

/** What is under the pointer, in words at the top of the plot. */
function showValues(plot: uPlot, { series, format, isElapsed }: PlotOptions): void {
  let note = plot.over.querySelector<HTMLElement>('.under');
  if (note === null) {
    note = document.createElement('div');
    note.className = 'under';
    plot.over.append(note);
  }
  const { idx } = plot.cursor;
  note.hidden = idx === null || idx === undefined;
  if (idx === null || idx === undefined) return;
  const x = plot.data[0][idx]!;
  const when = isElapsed ? `${x.toFixed(0)} s` : clock(x * 1000);
  note.textContent = [
    when,
    ...series.map(({ label }, i) => `${label} ${format(plot.data[i + 1]?.[idx])}`),
  ].join('   ');
}
