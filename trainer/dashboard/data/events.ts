// The list of events, as the stream tells of them: after a break some come again, and older ones after newer.
import type { TrainerEvent } from '../../telemetry/event.js';

/**
 * The list with one more, the latest first. A trainer without a file counts from one again when it is started anew, so
 * that only number and time together say which event it is.
 * @param most events that are kept
 */
export function withEvent(
  events: readonly TrainerEvent[],
  event: TrainerEvent,
  most: number,
): readonly TrainerEvent[] {
  if (events.some(({ seq, at }) => seq === event.seq && at === event.at)) return events;
  const place = events.findIndex((other) => isBefore(other, event));
  return events.toSpliced(place < 0 ? events.length : place, 0, event).slice(0, most);
}

const isBefore = (a: TrainerEvent, b: TrainerEvent): boolean =>
  a.at === b.at ? a.seq < b.seq : Date.parse(a.at) < Date.parse(b.at);
