// Events in memory alone, for a trainer without a data folder.
import { MAX_EVENTS } from './event-log.js';
import type { EventSink, TrainerEvent } from './event.js';

type Listener = (event: TrainerEvent) => void;

export class MemoryEvents implements EventSink {
  readonly #events: TrainerEvent[] = [];
  readonly #listeners = new Set<Listener>();
  #seq = 0;

  /** @param wall wall time */
  constructor(private readonly wall: () => Date) {}

  emit(kind: string, message: string, data: Readonly<Record<string, unknown>> = {}): void {
    const event: TrainerEvent = { seq: ++this.#seq, at: this.wall().toISOString(), kind, message, data };
    this.#events.push(event);
    if (this.#events.length > MAX_EVENTS) this.#events.shift();
    for (const listener of this.#listeners) listener(event);
  }

  /** Those after `seq`, the oldest first. */
  since(seq: number): readonly TrainerEvent[] {
    return this.#events.filter((event) => event.seq > seq);
  }

  /** @returns what ends the subscription */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
