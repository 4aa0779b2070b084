// Traffic by the hour of the day: a bar an hour, errors on top of it.
import type { HourFigures } from '../../telemetry/graph/graph-view.js';
import { count, ms, percent } from '../text/format.js';

export function Hours({ hours }: { readonly hours: readonly HourFigures[] }) {
  const most = Math.max(1, ...hours.map(({ requests }) => requests));
  const byHour = new Map(hours.map((figures) => [figures.hour, figures]));
  return (
    <ol class="hours" aria-label="Requests by hour of the day">
      {Array.from({ length: 24 }, (_, hour) => {
        const { requests = 0, errors = 0, p99Ms } = byHour.get(hour) ?? {};
        const share = requests === 0 ? 0 : errors / requests;
        const text = `${hour}:00, ${count(requests)} requests, ${percent(share)} errors, p99 ${ms(p99Ms)}`;
        return (
          <li key={hour} title={text}>
            <span class="hidden">{text}</span>
            <i style={{ height: `${(100 * requests) / most}%` }}>
              <b style={{ height: `${100 * share}%` }} />
            </i>
            <small aria-hidden="true">{hour % 3 === 0 ? hour : ''}</small>
          </li>
        );
      })}
    </ol>
  );
}
