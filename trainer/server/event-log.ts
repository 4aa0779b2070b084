// The trainer's events: the last ones in memory, and in a file where there is a data folder, so that numbers go on
// after a restart.
import { appendFileSync, readFileSync, renameSync, statSync } from 'node:fs';
import type { Logger } from 'pino';
import type { TrainerEvent } from '../telemetry/event.js';
import type { EventsService } from './services.js';

const MAX_KEPT = 2000;
/** Then the file becomes `PATH.1`, in the place of the one before. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;
/** Of one event's data as JSON: what is larger is left out, not cut. */
const MAX_DATA_BYTES = 64 * 1024;

export interface EventLogOptions {
  /** JSON lines; absent = memory only. */
  readonly path?: string;
  /** Wall time. */
  readonly date: () => Date;
  readonly log: Logger;
}

export class EventLog implements EventsService {
  readonly #options: EventLogOptions;
  #events: TrainerEvent[] = [];
  #fileBytes = 0;
  #isNew = true;
  readonly #listeners = new Set<(event: TrainerEvent) => void>();

  /** Goes on after the last event in the file; lines that cannot be read, such as one cut short, are passed over. */
  constructor(options: EventLogOptions) {
    this.#options = options;
    const { path } = options;
    if (path === undefined) return;
    this.#events = [...linesOf(`${path}.1`), ...linesOf(path)].slice(-MAX_KEPT);
    this.#fileBytes = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  }

  /** Of the newest event; 0 before the first. */
  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  emit(kind: string, message: string, data: Readonly<Record<string, unknown>> = {}): void {
    const at = this.#options.date().toISOString();
    const event: TrainerEvent = { seq: this.lastSeq + 1, at, kind, message, data: bounded(data) };
    this.#events.push(event);
    if (this.#events.length > MAX_KEPT) this.#events.shift();
    this.#options.log.info({ event: kind, seq: event.seq }, message);
    this.#write(`${JSON.stringify(event)}\n`);
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#options.log.error({ err: error, event: kind }, 'a listener of events failed');
      }
    }
  }

  since(seq: number, limit: number): readonly TrainerEvent[] {
    const from = this.#events.findIndex((event) => event.seq > seq);
    return from < 0 ? [] : this.#events.slice(from, from + limit);
  }

  subscribe(listener: (event: TrainerEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** At once, so that no number is given twice; events are rare. A disk that refuses costs the file, not the event. */
  #write(line: string): void {
    const { path, log } = this.#options;
    if (path === undefined) return;
    try {
      if (this.#fileBytes > MAX_FILE_BYTES) {
        renameSync(path, `${path}.1`);
        this.#fileBytes = 0;
      }
      // The first line of this process begins anew, since a crash may have cut the one before short.
      appendFileSync(path, this.#isNew ? `\n${line}` : line);
      this.#isNew = false;
      this.#fileBytes += line.length;
    } catch (error) {
      log.error({ err: error, path }, 'an event could not be written down');
    }
  }
}

function linesOf(path: string): TrainerEvent[] {
  return readIfThere(path).split('\n').flatMap(eventOf);
}

function eventOf(line: string): TrainerEvent[] {
  try {
    const event = JSON.parse(line) as TrainerEvent;
    return Number.isSafeInteger(event.seq) && typeof event.kind === 'string' ? [event] : [];
  } catch {
    return [];
  }
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

function bounded(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const bytes = Buffer.byteLength(JSON.stringify(data));
  return bytes > MAX_DATA_BYTES ? { leftOut: `${bytes} bytes of data` } : data;
}
