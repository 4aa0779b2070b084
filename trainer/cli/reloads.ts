// Publishes another model while the mesh serves, and watches until every worker uses it.
import type { Sidecar } from '../mesh/engine.js';
import type { NamedModel } from './plugin-config.js';

const POLL_MS = 15;
const DEADLINE_MS = 15_000;
/** Requests that fail this long after the effect still count as failed by the reload. */
const AFTERMATH_MS = 1000;

export interface ReloadOptions {
  /** Taken in turn; the first one serves already. */
  readonly models: readonly NamedModel[];
  readonly publish: (model: NamedModel) => Promise<void>;
  readonly clients: readonly Pick<Sidecar, 'id' | 'stats'>[];
  readonly workersPerProxy: number;
  /** Milliseconds since the epoch, with a fraction. */
  readonly now: () => number;
  readonly pause: (ms: number) => Promise<unknown>;
}

export class Reloads {
  /** From publishing to the last worker's switch, one a reload. */
  readonly effectMs: number[] = [];
  /** Lines about reloads that did not come into effect. */
  readonly complaints: string[] = [];
  failed = 0;
  #turn = 0;
  #model: NamedModel | undefined;
  readonly #spans: { from: number; to: number }[] = [];
  #current: Promise<void> = Promise.resolve();

  constructor(readonly options: ReloadOptions) {
    this.#model = options.models[0];
  }

  /** The model that serves. */
  get model(): NamedModel | undefined {
    return this.#model;
  }

  /** One reload after the other; resolves when this one is in effect, or given up. */
  reload(): Promise<void> {
    return (this.#current = this.#current.then(() => this.#reload()));
  }

  /** Resolves when no reload is under way. */
  settled(): Promise<void> {
    return this.#current;
  }

  /** Counts the failed requests whose life from arrival to end touches a reload. */
  count(failures: readonly (readonly [fromMs: number, toMs: number])[]): void {
    const touches = ([from, to]: readonly [number, number]) =>
      this.#spans.some((span) => from <= span.to && to >= span.from);
    this.failed += failures.filter(touches).length;
  }

  async #reload(): Promise<void> {
    const { models, publish, now } = this.options;
    const model = models[++this.#turn % models.length];
    if (!model) return;
    const span = { from: now(), to: Infinity };
    this.#spans.push(span);
    try {
      await publish(model);
      await this.#inEffect(model, span.from + DEADLINE_MS);
      const effect = now();
      this.effectMs.push(effect - span.from);
      this.#model = model;
    } catch (error) {
      this.complaints.push((error as Error).message);
    }
    span.to = now() + AFTERMATH_MS;
  }

  async #inEffect(model: NamedModel, deadline: number): Promise<void> {
    const { clients, workersPerProxy, now, pause } = this.options;
    const waiting = new Set(clients);
    while (true) {
      await Promise.all(
        [...waiting].map(async (client) => {
          if (await allDecideWith(client, model, workersPerProxy)) waiting.delete(client);
        }),
      );
      if (waiting.size === 0) return;
      if (now() > deadline) {
        const ids = [...waiting].map((client) => client.id).join(', ');
        throw new Error(
          `model ${model.id.slice(0, 8)} is not in effect after ${DEADLINE_MS / 1000} s at ${ids}`,
        );
      }
      await pause(POLL_MS);
    }
  }
}

/** Whether every worker says, by its gauge, that it decides with a model: at least `workers`, and none another one. */
async function allDecideWith(
  client: Pick<Sidecar, 'stats'>,
  model: NamedModel,
  workers: number,
): Promise<boolean> {
  const gauge = Number.parseInt(model.id.slice(0, 8), 16);
  const stats = await client.stats('weir\\.worker\\..*\\.model');
  // 0: a place that no worker has, or one that decides by another policy.
  const models = [...stats].flatMap(([name, value]) =>
    name.includes('.worker.') && value !== 0 ? [value] : [],
  );
  return models.length >= workers && models.every((value) => value === gauge);
}
