// A chart over time. The library is loaded when the first one is shown.
import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { colour, isDark } from '../theme.js';

export interface Series {
  readonly label: string;
  readonly values: readonly (number | null)[];
  /** Of the style sheet: `--series-1`; absent = by its place. */
  readonly colour?: string;
}

interface ChartProps {
  readonly title: string;
  /** Seconds: Unix time, or since a begin where `isElapsed`. */
  readonly at: readonly number[];
  readonly series: readonly Series[];
  readonly format: (value: number | null | undefined) => string;
  readonly isElapsed?: boolean;
  readonly height?: number;
  /** The axis reaches at least this high: what is next to nothing shall not fill the chart. */
  readonly least?: number;
}

const COLOURS = 8;

export function Chart({ title, at, series, format, isElapsed = false, height = 170, least = 0 }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const dark = isDark.value;
  const labels = series.map(({ label }) => label).join('\n');
  const data = [at, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  const latest = useRef(data);
  latest.current = data;
  useEffect(() => {
    const target = box.current;
    if (!target) return;
    let isOver = false;
    let made: uPlot | undefined;
    const observer = new ResizeObserver(() => made?.setSize({ width: target.clientWidth, height }));
    void import('./plot.js').then(({ makePlot }) => {
      if (isOver) return;
      made = makePlot(target, latest.current, {
        series,
        format,
        isElapsed,
        height,
        least,
        colours: colours(series),
      });
      plot.current = made;
      observer.observe(target);
    });
    return () => {
      isOver = true;
      observer.disconnect();
      made?.destroy();
      plot.current = undefined;
    };
    // Made anew for other lines or colours; new points go into it below.
  }, [labels, dark, height, isElapsed, least]);
  useEffect(() => plot.current?.setData(data), [at, data.length, series]);
  const last = series.map(({ label, values }) => `${label} ${format(values.at(-1))}`).join(', ');
  return (
    <figure class="chart">
      <figcaption>
        <span>{title}</span>
        <span class="legend">
          {series.map(({ label }, i) => (
            <span key={label}>
              <i style={{ background: colours(series)[i] ?? '' }} />
              {label}
            </span>
          ))}
        </span>
      </figcaption>
      <div ref={box} role="img" aria-label={`${title}: ${last}`} style={{ height: `${height}px` }} />
    </figure>
  );
}

const colours = (series: readonly Series[]): string[] =>
  series.map((one, i) => colour(one.colour ?? `--series-${(i % COLOURS) + 1}`));
