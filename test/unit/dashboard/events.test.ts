import { describe, expect, it } from 'vitest';
import { withEvent } from '../../../trainer/dashboard/data/events.js';
import type { TrainerEvent } from '../../../trainer/telemetry/event.js';

const event = (seq: number, second: number): TrainerEvent => ({
  ...{ seq, at: new Date(second * 1000).toISOString(), kind: 'a.kind', message: 'It happened.', data: {} },
});
const listed = (events: readonly TrainerEvent[], most = 10) =>
  events.reduce<readonly TrainerEvent[]>((list, one) => withEvent(list, one, most), []);
const seqs = (events: readonly TrainerEvent[]) => events.map(({ seq }) => seq);

describe('the list of events', () => {
  it('has the latest first, in whatever order they come', () => {
    expect(seqs(listed([event(2, 2), event(1, 1), event(4, 3), event(3, 3)]))).toEqual([4, 3, 2, 1]);
  });

  it('has an event once, however often the stream tells of it', () => {
    expect(seqs(listed([event(1, 1), event(2, 2), event(1, 1), event(2, 2)]))).toEqual([2, 1]);
  });

  it('has those of a trainer that counts from one again', () => {
    expect(seqs(listed([event(1, 1), event(2, 2), event(1, 9)]))).toEqual([1, 2, 1]);
  });

  it('lets the oldest go, also where they come last', () => {
    expect(seqs(listed([event(3, 3), event(4, 4), event(1, 1), event(2, 2)], 2))).toEqual([4, 3]);
  });
});
