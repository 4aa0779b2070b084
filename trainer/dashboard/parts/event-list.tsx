// Events, the latest first.
import type { TrainerEvent } from '../../telemetry/event.js';
import { dateAndClock } from '../text/format.js';
import { hashOf } from '../text/route.js';

export function EventList({ events }: { readonly events: readonly TrainerEvent[] }) {
  if (events.length === 0)
    return <p class="quiet">Nothing has happened yet: rollouts, anomalies and lost leads show up here.</p>;
  return (
    <ol class="events">
      {events.map((event) => (
        <li key={event.seq}>
          <time dateTime={event.at}>{dateAndClock(event.at)}</time>
          <span class={`tag ${toneOf(event.kind)}`}>{event.kind}</span>
          <span>
            {event.message} <ServiceLink data={event.data} />
          </span>
        </li>
      ))}
    </ol>
  );
}

function ServiceLink({ data }: { readonly data: TrainerEvent['data'] }) {
  const { service } = data;
  return typeof service === 'string' ? <a href={hashOf('service', service)}>{service}</a> : null;
}

function toneOf(kind: string): string {
  if (/recovered|promoted|written/.test(kind)) return 'good';
  if (/errors|failed|rolled-?back|lost|unwritten|aborted|rejected/.test(kind)) return 'bad';
  return /slow|latency|new-call/.test(kind) ? 'warn' : '';
}
