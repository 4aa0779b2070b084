// Events as the HTTP interface has them, whoever leads: those of the log while this trainer does, else none.
import type { Logger } from 'pino';
import type { EventsService } from '../server/services.js';
import type { TrainerEvent } from '../telemetry/event.js';
import type { EventLog } from '../telemetry/event-log.js';

type Listener = (event: TrainerEvent) => void;

export class Events implements EventsService {
  readonly #listeners = new Set<Listener>();
  #log: EventLog | undefined;

  constructor(private readonly logger: Logger) {}

  /** Into the event log, which is the leader's to write; a trainer that waits has its own log of lines alone. */
  emit(kind: string, message: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.logger.info({ kind, data }, message);
    this.#log?.emit(kind, message, data);
  }

  since(seq: number): readonly TrainerEvent[] {
    return this.#log?.since(seq) ?? [];
  }

  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** From now on events go into the log. Returns what ends it. */
  attach(log: EventLog): () => void {
    this.#log = log;
    const end = log.subscribe((event) => {
      for (const listener of this.#listeners) listener(event);
    });
    return () => {
      end();
      this.#log = undefined;
    };
  }
}
