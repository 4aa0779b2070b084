// The models that the trainer keeps, in a folder that any kill leaves readable. Nothing is cached: what another process
// pins or removes shows at once.
import { contentId } from '../../actor/content-id.js';
import type { CardFacts } from '../../actor/model-card.js';
import { encodeModel } from '../../actor/model-file.js';
import { ModelError, type Model } from '../../actor/model.js';
import type { EventSink } from '../../telemetry/event.js';
import type { Term } from '../leader/leadership.js';
import { diffModels, type ModelDiff } from './diff.js';
import { DOCUMENTS, modelsInUse } from './document-copies.js';
import { PIN_FILE, RECORD_FILE, contentsOf, type Entry } from './entry.js';
import { nodeFiles, type Files } from './files.js';
import { createQueue } from './queue.js';
import type { ModelRecord } from './record.js';
import { seal } from './sealed.js';
import { MODELS, Shelf } from './shelf.js';
import { Store } from './store.js';

export interface RegistryOptions {
  /** Without one the registry is for reading and pinning: it neither sweeps nor mends what it finds. */
  readonly term?: Term;
  readonly events: EventSink;
  /** Wall time, for people. */
  readonly wall: () => Date;
  readonly files?: Files;
}

export interface Origin {
  /** `shipped`, `trainer@HOST` or a user's name. */
  readonly createdBy: string;
  /** One line on how it came about. */
  readonly source: string;
  /** What to go back to from it; the card's parent unless said otherwise. */
  readonly parent?: string | null;
}

export class UnknownModelError extends Error {
  override readonly name = 'UnknownModelError';
}

export class Registry {
  readonly #store: Store;
  readonly #files: Files;
  readonly #options: RegistryOptions;
  readonly #shelf: Shelf;
  readonly #queue = createQueue();

  private constructor(dir: string, options: RegistryOptions) {
    this.#options = options;
    this.#files = options.files ?? nodeFiles;
    this.#store = new Store(dir, this.#files, options.term);
    this.#shelf = new Shelf(this.#store, this.#files, options.events);
  }

  /**
   * The leader also removes what a killed process left, and puts damaged models aside with an event `registry.corrupt`.
   * @param dir the trainer's data folder
   * @throws {StorageError} where the disk refuses
   */
  static async open(dir: string, options: RegistryOptions): Promise<Registry> {
    const registry = new Registry(dir, options);
    if (options.term === undefined) return registry;
    await registry.#store.prepare(MODELS, DOCUMENTS);
    for (const { id } of await registry.list()) await registry.#shelf.model(id);
    return registry;
  }

  /** Newest first. */
  list(): Promise<Entry[]> {
    return this.#shelf.list();
  }

  get(id: string): Promise<Entry | undefined> {
    return this.#shelf.entry(id);
  }

  /** The model, its checksum and its id verified. @throws {UnknownModelError} */
  async load(id: string): Promise<Model> {
    await this.#known(id);
    return (await this.#shelf.model(id)) ?? unknown(id);
  }

  /** @throws {UnknownModelError} */
  async diff(a: string, b: string): Promise<ModelDiff> {
    const side = async (id: string) => ({ card: (await this.#known(id)).card, model: await this.load(id) });
    return diffModels(await side(a), await side(b));
  }

  /** Ids that documents speak of: what serves and what runs. */
  inUse(): Promise<Set<string>> {
    return modelsInUse(this.#store.path(), this.#files);
  }

  /**
   * A model that is there already stays as it is.
   * @throws {ModelError} where its id is not that of its content
   * @throws {StorageError} where the disk refuses; nothing of it stays
   */
  add(model: Model, facts: CardFacts, origin: Origin): Promise<Entry> {
    return this.#queue(async () => {
      const content = contentId(model);
      if (model.id !== content) throw new ModelError(`model id is ${model.id}, its content has ${content}`);
      const known = await this.get(model.id);
      if (known !== undefined) return known;
      const bytes = encodeModel(model);
      const [newest] = await this.list();
      const { createdBy, source, parent = facts.parent } = origin;
      const contents = contentsOf(
        bytes,
        { id: model.id, ...facts, size: bytes.length },
        {
          id: model.id,
          serial: 1 + (newest?.serial ?? 0),
          parent,
          createdAt: this.#options.wall().toISOString(),
          createdBy,
          source,
          evaluation: null,
          stages: [],
        },
      );
      await this.#store.install(this.#shelf.folder(model.id), contents);
      this.#say('registry.added', `Model ${model.id} is in the registry: ${source}.`, {
        id: model.id,
        parent,
      });
      return this.#known(model.id);
    });
  }

  /** Keeps the numbers that the gate judged by. @throws {UnknownModelError} */
  evaluated(id: string, evaluation: ModelRecord['evaluation']): Promise<Entry> {
    return this.#amend(id, (record) => ({ ...record, evaluation }));
  }

  /** Adds a step to the model's history. @throws {UnknownModelError} */
  staged(id: string, stage: string, reason: string): Promise<Entry> {
    const at = this.#options.wall().toISOString();
    return this.#amend(id, (record) => ({ ...record, stages: [...record.stages, { stage, at, reason }] }));
  }

  /** Safe from any process, whoever leads. @throws {UnknownModelError} */
  pin(id: string): Promise<void> {
    return this.#mark(id, true);
  }

  /** @throws {UnknownModelError} */
  unpin(id: string): Promise<void> {
    return this.#mark(id, false);
  }

  /**
   * Removes all but the newest, those that serve or run, what to go back to from them, and the pinned ones.
   * @param keep number of the newest that stay
   * @returns what is gone
   */
  prune(keep: number): Promise<Entry[]> {
    return this.#queue(async () => {
      const entries = await this.list();
      const used = await this.inUse();
      const kept = new Set([
        ...entries.slice(0, keep).map(({ id }) => id),
        ...entries.filter(({ pinned }) => pinned).map(({ id }) => id),
        ...used,
        ...entries.filter(({ id }) => used.has(id)).map(({ parent }) => parent),
      ]);
      const gone = entries.filter(({ id }) => !kept.has(id));
      for (const { id } of gone) {
        await this.#store.discard(this.#shelf.folder(id));
        this.#say('registry.removed', `Model ${id} is not in the registry any more.`, { id });
      }
      return gone;
    });
  }

  async #known(id: string): Promise<Entry> {
    return (await this.get(id)) ?? unknown(id);
  }

  #amend(id: string, change: (record: ModelRecord) => ModelRecord): Promise<Entry> {
    return this.#queue(async () => {
      await this.#known(id);
      const record = change((await this.#shelf.record(id)) ?? unknown(id));
      await this.#store.replace(`${this.#shelf.folder(id)}/${RECORD_FILE}`, seal(record));
      return this.#known(id);
    });
  }

  #mark(id: string, isPinned: boolean): Promise<void> {
    return this.#queue(async () => {
      const { pinned } = await this.#known(id);
      if (pinned === isPinned) return;
      await this.#store.mark(`${this.#shelf.folder(id)}/${PIN_FILE}`, isPinned);
      const kind = isPinned ? 'registry.pinned' : 'registry.unpinned';
      this.#say(kind, `Model ${id} is ${isPinned ? 'pinned' : 'not pinned any more'}.`, { id });
    });
  }

  #say(kind: string, message: string, data: Readonly<Record<string, unknown>>): void {
    this.#options.events.emit(kind, message, data);
  }
}

function unknown(id: string): never {
  throw new UnknownModelError(`${JSON.stringify(id)} is not a model of the registry`);
}
