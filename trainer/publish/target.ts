// One target of publishing: takes the newest of what it is offered, one at a time, and tries again while that may help.
import { inSpan } from '../tracing/in-span.js';
import { PassingError, RefusedError, type Publisher } from './publisher.js';
import { backOffMs, type Timing } from './timing.js';

export interface TargetState {
  readonly name: string;
  /** What the target was handed last: ids of models, or weights. */
  readonly published: string | undefined;
  /** Since when something newer waits for it, ms of the clock. */
  readonly pendingSince: number | undefined;
  /** Of the last try; absent after one that went well. */
  readonly lastError: string | undefined;
}

/** A newer one took its place before it was handed over. */
export class ReplacedError extends Error {
  override readonly name = 'ReplacedError';
}

interface Job {
  readonly id: string;
  readonly configuration: object;
  readonly since: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

export class PublishTarget {
  readonly #publisher: Publisher;
  readonly #timing: Timing;
  readonly #closed = new AbortController();
  #state: { published?: string; lastError?: string } = {};
  #wanted: Job | undefined;
  /** Ends the wait for the next try. */
  #news = new AbortController();
  #running: Promise<void> | undefined;

  constructor(
    readonly name: string,
    publisher: Publisher,
    timing: Timing,
  ) {
    this.#publisher = publisher;
    this.#timing = timing;
  }

  get state(): TargetState {
    const { published, lastError } = this.#state;
    return { name: this.name, published, pendingSince: this.#wanted?.since, lastError };
  }

  /**
   * Resolves when the target has it.
   * @throws {RefusedError} when it does not want it
   * @throws {ReplacedError} when another offer came meanwhile
   */
  offer(id: string, configuration: object): Promise<void> {
    if (this.#closed.signal.aborted) return Promise.reject(new ReplacedError(`${this.name} is closed`));
    this.#drop(new ReplacedError(`${this.name}: replaced by a newer one`));
    return new Promise((resolve, reject) => {
      this.#wanted = { id, configuration, since: this.#timing.now(), resolve, reject };
      this.#news.abort();
      this.#running ??= this.#run().finally(() => (this.#running = undefined));
    });
  }

  /** Gives up what waits, and resolves when nothing is under way any more. */
  async close(): Promise<void> {
    this.#closed.abort();
    this.#drop(new ReplacedError(`${this.name} was closed`));
    this.#news.abort();
    await this.#running;
  }

  #drop(reason: Error): void {
    this.#wanted?.reject(reason);
    this.#wanted = undefined;
  }

  async #run(): Promise<void> {
    let failures = 0;
    let refusedAt: number | undefined;
    let last: Job | undefined;
    for (let job = this.#wanted; job !== undefined; job = this.#wanted) {
      if (job !== last) [failures, refusedAt] = [0, undefined];
      last = job;
      this.#news = new AbortController();
      const error = await this.#try(job);
      const isRefused = error instanceof RefusedError;
      refusedAt = isRefused ? (refusedAt ?? this.#timing.now()) : undefined;
      const isPatient = isRefused && this.#timing.now() - refusedAt! < error.patienceMs;
      if (error === undefined || (isRefused && !isPatient)) this.#settle(job, error);
      else if (job === this.#wanted) {
        const asked = error instanceof PassingError ? error.retryAfterMs : 0;
        const ms = Math.max(asked, backOffMs(++failures, this.#timing.random));
        await this.#timing.wait(ms, this.#news.signal);
      }
    }
  }

  async #try(job: Job): Promise<Error | undefined> {
    try {
      await inSpan('publish', { 'weir.target': this.name, 'weir.published': job.id }, () =>
        this.#publisher.publish(job.configuration, this.#closed.signal),
      );
      this.#state = { published: job.id };
      return undefined;
    } catch (thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      this.#state.lastError = error.message;
      return error;
    }
  }

  #settle(job: Job, error: RefusedError | undefined): void {
    if (job === this.#wanted) this.#wanted = undefined;
    if (error === undefined) job.resolve();
    else job.reject(error);
  }
}
