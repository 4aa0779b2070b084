// The models as they lie on disk: read, verified, and put aside where they are damaged.
import { isModelId } from '../../actor/model-id.js';
import type { Model } from '../../actor/model.js';
import type { EventSink } from '../../telemetry/event.js';
import { readEntry, readModelFile, readRecord, type Entry } from './entry.js';
import type { Files } from './files.js';
import type { ModelRecord } from './record.js';
import { CorruptError } from './sealed.js';
import { StorageError } from './storage-error.js';
import type { Store } from './store.js';

/** Below the data folder; a folder for each model. */
export const MODELS = 'models';

export class Shelf {
  readonly #store: Store;
  readonly #files: Files;
  readonly #events: EventSink;
  readonly #reported = new Set<string>();

  constructor(store: Store, files: Files, events: EventSink) {
    this.#store = store;
    this.#files = files;
    this.#events = events;
  }

  folder(id: string): string {
    return this.#store.path(MODELS, id);
  }

  /** Newest first. */
  async list(): Promise<Entry[]> {
    const names = await this.#files.list(this.#store.path(MODELS));
    const entries: Entry[] = [];
    for (const id of names.filter(isModelId)) {
      const entry = await this.entry(id);
      if (entry !== undefined) entries.push(entry);
    }
    return entries.sort((a, b) => b.serial - a.serial);
  }

  async entry(id: string): Promise<Entry | undefined> {
    return isModelId(id) ? this.#sound(id, () => readEntry(this.folder(id), id, this.#files)) : undefined;
  }

  record(id: string): Promise<ModelRecord | undefined> {
    return this.#sound(id, () => readRecord(this.folder(id), id, this.#files));
  }

  model(id: string): Promise<Model | undefined> {
    return this.#sound(id, () => readModelFile(this.folder(id), id, this.#files));
  }

  /** Undefined where the model is damaged, which is said once; the leader puts it aside. */
  async #sound<T>(id: string, read: () => Promise<T>): Promise<T | undefined> {
    try {
      return await read();
    } catch (error) {
      if (!(error instanceof CorruptError)) throw error;
      // Removed by another process while it was read.
      if ((await this.#files.list(this.folder(id))).length === 0) return undefined;
      await this.#putAside(id, error.message);
      return undefined;
    }
  }

  async #putAside(id: string, why: string): Promise<void> {
    const path = this.folder(id);
    const aside = this.#store.isLeading ? await this.#quarantine(path) : undefined;
    if (this.#reported.has(id)) return;
    this.#reported.add(id);
    const where = aside === undefined ? '' : `; it lies in ${aside}`;
    this.#events.emit('registry.corrupt', `${path} is damaged: ${why}${where}.`, { id, path, aside });
  }

  /** A disk that refuses leaves it where it is, where it is seen and passed over. */
  async #quarantine(path: string): Promise<string | undefined> {
    try {
      return await this.#store.quarantine(path);
    } catch (error) {
      if (error instanceof StorageError) return undefined;
      throw error;
    }
  }
}
