// What a rollout stands on: its state on disk, its models in memory, and what is published of them. One change at a time.
import type { Model } from '../actor/model.js';
import type { EventSink } from '../telemetry/event.js';
import type { GateVerdict } from './gate.js';
import { LeadershipLost } from './leader/leadership.js';
import type { ServingPublisher } from './serving.js';
import { firstState, rolloutStateSchema, type RolloutState, type StateStore } from './state.js';

/** What a rollout needs of the registry. */
export interface RolloutModels {
  /** @throws {Error} where it does not have the model */
  load(id: string): Promise<Model>;
  /** Keeps what the gate said of a model, as JSON. */
  evaluated(id: string, verdict: JsonValue): Promise<unknown>;
  /** Adds a step to the model's history. */
  staged(id: string, stage: string, reason: string): Promise<unknown>;
}

type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };

export interface KeeperParts {
  readonly initial: Model;
  readonly publisher: ServingPublisher;
  readonly events: EventSink;
  readonly store: StateStore;
  readonly models: RolloutModels;
  readonly now: () => number;
}

/** What a target refused is offered again after this long, for a person may have mended it. */
const RETRY_MS = 30_000;

export class Keeper {
  /** Told of each answer to the last `serve`. */
  onServed: (error: Error | undefined) => void = () => undefined;
  candidate: Model | undefined;
  #turn: Promise<unknown> = Promise.resolve();
  #share = 0;
  #serves = 0;
  #retryAt = Infinity;

  private constructor(
    private readonly parts: KeeperParts,
    public state: RolloutState,
    public current: Model,
  ) {}

  /** A state that cannot be read, or whose models are gone, falls back on the initial model, with an event. */
  static async open(parts: KeeperParts): Promise<Keeper> {
    const raw = parts.store.read();
    const parsed = rolloutStateSchema.safeParse(raw);
    if (raw !== undefined && !parsed.success)
      parts.events.emit(
        'rollout.state-lost',
        'The state of the rollout cannot be read; the initial model serves.',
        {
          problem: parsed.error.message,
        },
      );
    const state = parsed.success ? parsed.data : firstState(parts.initial.id);
    const keeper = new Keeper(parts, state, parts.initial);
    const found = await keeper.loadNewest([...state.history, state.current]);
    if (found) {
      keeper.current = found.model;
      if (found.model.id !== state.current)
        keeper.state = { ...state, current: found.model.id, history: found.before };
    } else keeper.state = { ...state, current: parts.initial.id, history: [] };
    if (keeper.state.run) keeper.candidate = await keeper.#loadOrTell(keeper.state.run.candidate);
    return keeper;
  }

  /** After whatever was asked for before. */
  turn<T>(step: () => Promise<T> | T): Promise<T> {
    const done = this.#turn.then(step);
    this.#turn = done.catch(() => undefined);
    return done;
  }

  /** @throws {Error} of the store; then nothing has changed */
  async keep(change: Partial<RolloutState>): Promise<void> {
    const next = { ...this.state, ...change };
    await this.parts.store.write(next);
    this.state = next;
  }

  /** Where it cannot be written it holds in this process all the same, unless that leads no more. */
  async keepIfPossible(change: Partial<RolloutState>): Promise<void> {
    try {
      await this.keep(change);
    } catch (error) {
      if (error instanceof LeadershipLost) throw error;
      this.state = { ...this.state, ...change };
      this.#tellOf('rollout.state-unsaved', 'The state of the rollout cannot be written', error);
    }
  }

  load(id: string): Promise<Model> {
    return this.parts.models.load(id);
  }

  /** The last of the models that can be had, with the ids before it. */
  async loadNewest(ids: readonly string[]): Promise<{ model: Model; before: string[] } | undefined> {
    for (let i = ids.length - 1; i >= 0; i--) {
      const id = ids[i]!;
      const model = id === this.parts.initial.id ? this.parts.initial : await this.#loadOrTell(id);
      if (model) return { model, before: ids.slice(0, i) };
    }
    return undefined;
  }

  promote(): void {
    this.current = this.candidate!;
    this.candidate = undefined;
  }

  get share(): number {
    return this.#share;
  }

  /** Hands over the current model, and the candidate with its share where that is above 0. Does not wait. */
  serve(share: number): void {
    this.#share = share;
    this.#retryAt = Infinity;
    const serve = ++this.#serves;
    const { current, candidate } = this;
    const serving = share > 0 ? { current, candidate: { model: candidate!, share } } : { current };
    const answer = (error?: Error) => {
      if (serve !== this.#serves) return;
      if (error) this.#retryAt = this.parts.now() + RETRY_MS;
      this.onServed(error);
    };
    this.parts.publisher.serve(serving).then(
      () => answer(),
      (error: unknown) => answer(error instanceof Error ? error : new Error(String(error))),
    );
  }

  retry(now: number): void {
    if (now >= this.#retryAt) this.serve(this.#share);
  }

  /** What the registry notes down is for people: it stops nothing. */
  async evaluated(id: string, verdict: GateVerdict): Promise<void> {
    const json = JSON.parse(JSON.stringify(verdict)) as JsonValue;
    await this.#noted(() => this.parts.models.evaluated(id, json));
  }

  async staged(id: string, stage: string, reason: string): Promise<void> {
    await this.#noted(() => this.parts.models.staged(id, stage, reason));
  }

  async #noted(note: () => Promise<unknown>): Promise<void> {
    try {
      await note();
    } catch (error) {
      this.#tellOf('rollout.note-lost', 'The registry could not note down a step', error);
    }
  }

  async #loadOrTell(id: string): Promise<Model | undefined> {
    try {
      return await this.parts.models.load(id);
    } catch (error) {
      this.#tellOf('rollout.model-lost', `Model ${id} cannot be had`, error);
      return undefined;
    }
  }

  #tellOf(kind: string, what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.parts.events.emit(kind, `${what}: ${reason}.`, { reason });
  }
}
