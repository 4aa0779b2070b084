// A small JSON document that outlives its writer. Every write is a new file, `EPOCH-VERSION.json`, and the newest is
// what counts: a former leader that wakes up in the middle of a write can only add an epoch that is past. The file
// before it stays, for the day on which the newest cannot be read.
import { dirname, join } from 'node:path';
import type { z } from 'zod';
import type { EventSink } from '../../telemetry/event.js';
import type { Term } from '../leader/leadership.js';
import { DOCUMENTS, copiesOf, nameOf, readCopy, type Content } from './document-copies.js';
import { nodeFiles, type Files } from './files.js';
import { createQueue } from './queue.js';
import { CorruptError, checked, seal, unseal } from './sealed.js';
import { StorageError } from './storage-error.js';
import { Store } from './store.js';

/** The newest, and the one to fall back on. */
const KEPT = 2;

export interface DocumentShape<T> {
  /** Of its folder: lower-case letters and hyphens. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** Ids of the models that it speaks of and that must stay: what serves, what runs. */
  readonly models: (value: T) => readonly string[];
}

export interface DocumentOptions<T> extends DocumentShape<T> {
  readonly term: Term;
  readonly events: EventSink;
  readonly files?: Files;
}

export class Document<T> {
  readonly #store: Store;
  readonly #files: Files;
  readonly #options: DocumentOptions<T>;
  readonly #queue = createQueue();
  #version = 0;
  #value: T | undefined;

  private constructor(dir: string, options: DocumentOptions<T>) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#store = new Store(dir, this.#files, options.term);
  }

  /**
   * Takes the document over: from here on nothing counts that an earlier leader writes. The folder's registry is open.
   * A copy that cannot be read is put aside with an event `document.corrupt`.
   * @throws {StorageError} where the disk refuses
   */
  static async open<T>(dir: string, options: DocumentOptions<T>): Promise<Document<T>> {
    const document = new Document(dir, options);
    await document.#takeOver();
    return document;
  }

  /** What was written last; undefined before the first write. */
  get value(): T | undefined {
    return this.#value;
  }

  /**
   * Resolves when it is on the disk and this process still leads.
   * @throws {StorageError} where the disk refuses; the value before stays
   * @throws {LeadershipLost}
   */
  write(value: T): Promise<void> {
    return this.#queue(() => this.#write(value));
  }

  get #folder(): string {
    return this.#store.path(DOCUMENTS, this.#options.name);
  }

  async #makeFolder(): Promise<void> {
    try {
      await this.#files.makeFolder(this.#folder);
      await this.#files.sync(dirname(this.#folder));
    } catch (error) {
      throw new StorageError(this.#folder, 'cannot be made', error);
    }
  }

  async #takeOver(): Promise<void> {
    const { schema, events, term } = this.#options;
    await term.check();
    await this.#makeFolder();
    const copies = await copiesOf(this.#folder, this.#files);
    this.#version = Math.max(0, ...copies.map((copy) => copy.version));
    for (const copy of copies) {
      try {
        this.#value = checked(schema, (await readCopy(copy, this.#files)).value);
        break;
      } catch (error) {
        if (!(error instanceof CorruptError)) throw error;
        const aside = await this.#store.quarantine(copy.path);
        const message = `${copy.path} is damaged: ${error.message}; it lies in ${aside}, the copy before counts.`;
        events.emit('document.corrupt', message, { path: copy.path, aside });
      }
    }
    if (this.#value !== undefined) await this.#seal(this.#value);
  }

  /** Under the new epoch. A disk without room is no reason not to start: the next write will do as well. */
  async #seal(value: T): Promise<void> {
    try {
      await this.#write(value);
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      this.#options.events.emit('document.unwritten', `${error.message}; it is read all the same.`, {
        path: error.path,
      });
    }
  }

  async #write(value: T): Promise<void> {
    const { schema, models, term } = this.#options;
    const content: Content = { models: models(value), value };
    const bytes = seal(content);
    // What would be damaged to the next reader is a mistake of the writer's.
    checked(schema, (unseal(bytes) as Content).value);
    // Counted before, so that no write that failed half way shares its name with another.
    this.#version += 1;
    await this.#store.replace(join(this.#folder, nameOf(term.epoch, this.#version)), bytes);
    this.#value = value;
    await this.#prune();
  }

  /** Room is not worth an error: what stays is removed after the next write. */
  async #prune(): Promise<void> {
    try {
      const old = (await copiesOf(this.#folder, this.#files)).slice(KEPT);
      for (const { path } of old) await this.#files.remove(path);
    } catch {
      return;
    }
  }
}
