// What happened.
import { useState } from 'preact/hooks';
import { events } from '../data/live.js';
import { Heading } from '../parts/bits.js';
import { EventList } from '../parts/event-list.js';

export function Events() {
  const [kind, setKind] = useState('');
  const kinds = [...new Set(events.value.map((event) => event.kind))].sort();
  const shown = kind === '' ? events.value : events.value.filter((event) => event.kind === kind);
  const picker = (
    <label>
      Kind
      <select value={kind} onChange={({ currentTarget }) => setKind(currentTarget.value)}>
        <option value="">all</option>
        {kinds.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
    </label>
  );
  return (
    <>
      <Heading aside={picker}>Events</Heading>
      <EventList events={shown} />
    </>
  );
}
