// What happened, kept: the latest in memory for the page, and all of it in a file.
import { join } from 'node:path';
import { EventFile } from './event-file.js';
import type { EventSink, TrainerEvent } from './event.js';

/** In memory, and read back at the start. */
export const MAX_EVENTS = 1000;
/** More of them where the disk is behind, so that neither a burst is lost nor an outage fills the memory. */
export const MAX_WAITING = 10_000;
/** Between two tries at a disk that refused. */
const RETRY_MS = 1000;

export interface EventLogOptions {
  /** Wall time. */
  readonly wall: () => Date;
  /** Asked before every write; throws where this process may not write now. */
  readonly mayWrite?: () => Promise<void>;
  /** Size of the file at which the next one is begun, in bytes. */
  readonly rotateBytes?: number;
}

export type Listener = (event: TrainerEvent) => void;

export class EventLog implements EventSink {
  readonly #file: EventFile;
  readonly #options: EventLogOptions;
  readonly #listeners = new Set<Listener>();
  readonly #events: TrainerEvent[];
  #seq: number;
  /** The file has all up to this one. */
  #written: number;
  #draining: Promise<void> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isRefused = false;
  #isClosed = false;

  private constructor(file: EventFile, last: readonly TrainerEvent[], options: EventLogOptions) {
    this.#file = file;
    this.#options = options;
    this.#events = [...last];
    this.#seq = Math.max(0, ...last.map(({ seq }) => seq));
    this.#written = this.#seq;
  }

  /**
   * @param dir the trainer's data folder: `events.jsonl`, and `events.1.jsonl` before it
   * @throws {Error} where the files cannot be read
   */
  static async open(dir: string, options: EventLogOptions): Promise<EventLog> {
    const { file, last } = await EventFile.open(join(dir, 'events'), MAX_EVENTS, options.rotateBytes);
    return new EventLog(file, last, options);
  }

  emit(kind: string, message: string, data: Readonly<Record<string, unknown>> = {}): void {
    this.#add(kind, message, data);
    if (!this.#isRefused && !this.#isClosed) void this.#drain();
  }

  /** Those after `seq`, oldest first, as far as they are in memory. */
  since(seq: number): readonly TrainerEvent[] {
    return this.#events.filter((event) => event.seq > seq);
  }

  /** Calls with every event from now on. Returns what ends it. */
  subscribe(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Resolves when all are on the disk, or when it refuses them: they stay in memory, and are tried again. */
  async flush(): Promise<void> {
    await this.#drain();
    await this.#file.sync().catch((error: unknown) => this.#refuse(error));
  }

  /** What comes after it is in memory alone. */
  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#file.close().catch(() => undefined);
  }

  #add(kind: string, message: string, data: Readonly<Record<string, unknown>>): void {
    const at = this.#options.wall().toISOString();
    const event: TrainerEvent = { seq: ++this.#seq, at, kind, message, data: plain(data) };
    this.#events.push(event);
    this.#trim();
    for (const listener of this.#listeners) call(listener, event);
  }

  #trim(): void {
    const waiting = this.#seq - this.#written;
    const most = Math.min(Math.max(MAX_EVENTS, waiting), MAX_WAITING);
    if (this.#events.length > most) this.#events.splice(0, this.#events.length - most);
  }

  async #drain(): Promise<void> {
    if (this.#draining === undefined && this.#seq > this.#written) this.#draining = this.#writeAll();
    await this.#draining;
  }

  /** Whatever comes during one write is the next one's batch. */
  async #writeAll(): Promise<void> {
    clearTimeout(this.#retry);
    try {
      while (this.#seq > this.#written) {
        const batch = this.since(this.#written);
        await this.#options.mayWrite?.();
        await this.#file.append(batch);
        const lost = batch[0]!.seq - this.#written - 1;
        this.#written = batch.at(-1)!.seq;
        this.#trim();
        if (this.#isRefused || lost > 0) this.#resume(lost);
      }
    } catch (error) {
      this.#refuse(error);
    } finally {
      this.#draining = undefined;
    }
  }

  /** Said once, not at every try. */
  #refuse(error: unknown): void {
    if (!this.#isRefused) {
      this.#isRefused = true;
      const { message } = error as Error;
      this.#add('events.unwritten', `Events stay in memory, they cannot be written: ${message}`, {});
    }
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#drain(), RETRY_MS).unref();
  }

  #resume(lost: number): void {
    this.#isRefused = false;
    const gap = lost === 0 ? 'none is missing' : `${lost} that memory had no room for are missing`;
    this.#add('events.written', `Events are written again, ${gap}.`, { lost });
  }
}

/** As it will be read back: what changes later, or is no JSON, does not get in. */
function plain(data: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(JSON.stringify(data)) as Record<string, unknown>;
  } catch (error) {
    return { unreadable: (error as Error).message };
  }
}

/** Whoever listens badly harms nobody else. */
function call(listener: Listener, event: TrainerEvent): void {
  try {
    listener(event);
  } catch {
    return;
  }
}
