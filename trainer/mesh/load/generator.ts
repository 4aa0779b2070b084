// Open loop: a request is sent when it is due, however many are unanswered, and its latency counts from when it was due
// (no coordinated omission, as Gil Tene calls the mistake of waiting).
import type { LoadReport } from './messages.js';
import type { PlannedRequest } from './schedule.js';
import { Tally, type Outcome } from './tally.js';

export interface GeneratorOptions {
  readonly plan: Iterator<PlannedRequest>;
  /** Never rejects. */
  readonly send: (request: PlannedRequest) => Promise<Outcome>;
  readonly warmup: number;
  readonly seconds?: number | undefined;
  readonly requests?: number | undefined;
  /** Milliseconds since the epoch, with a fraction. */
  readonly now: () => number;
  readonly after: (ms: number, done: () => void) => void;
}

export class LoadGenerator {
  readonly #options: GeneratorOptions;
  readonly #totals = new Tally();
  #window = new Tally();
  #windowFrom = 0;
  #failures: (readonly [number, number])[] = [];
  #origin = 0;
  #next: PlannedRequest;
  /** When the first request that counts arrives, and when arrivals ended. */
  #from: number | undefined;
  #to: number | undefined;
  #inFlight = 0;
  #drained!: () => void;
  /** Arrivals ended and every request came to its end. */
  readonly done = new Promise<void>((resolve) => (this.#drained = resolve));

  constructor(options: GeneratorOptions) {
    this.#options = options;
    this.#next = this.#take();
  }

  start(): void {
    this.#origin = this.#windowFrom = this.#options.now();
    this.#pump();
  }

  /** No more arrivals. */
  finish(): void {
    this.#to ??= this.#options.now();
    if (this.#inFlight === 0) this.#drained();
  }

  report(final: boolean): LoadReport {
    const now = this.#options.now();
    const report = {
      final,
      seconds: this.#from === undefined ? 0 : Math.max(0, (this.#to ?? now) - this.#from) / 1000,
      window: this.#window.data(),
      windowSeconds: (now - this.#windowFrom) / 1000,
      totals: this.#totals.data(),
      failures: this.#failures,
    };
    [this.#window, this.#windowFrom, this.#failures] = [new Tally(), now, []];
    return report;
  }

  #take(): PlannedRequest {
    return this.#options.plan.next().value as PlannedRequest;
  }

  /** Sends all that is due and sleeps until the next is. */
  #pump(): void {
    while (this.#to === undefined) {
      const due = this.#origin + this.#next.atMs;
      if (this.#isPast(due)) return;
      const now = this.#options.now();
      // Timers know whole milliseconds only: rather a fraction of one early, and counted from then, than late.
      const wait = Math.floor(due - now);
      if (wait > 0) {
        this.#options.after(wait, () => this.#pump());
        return;
      }
      void this.#fire(this.#next, Math.min(due, now));
      this.#next = this.#take();
    }
  }

  /** Whether the run ends before a request that is due then; if so, sees to it that it does. */
  #isPast(due: number): boolean {
    const { warmup, requests, seconds, now, after } = this.#options;
    if (this.#next.index < warmup) return false;
    this.#from ??= due;
    if (requests !== undefined && this.#next.index >= warmup + requests) {
      this.finish();
      return true;
    }
    if (seconds === undefined || due < this.#from + seconds * 1000) return false;
    after(Math.max(0, Math.ceil(this.#from + seconds * 1000 - now())), () => this.finish());
    return true;
  }

  async #fire(request: PlannedRequest, due: number): Promise<void> {
    this.#inFlight++;
    const outcome = await this.#options.send(request);
    const now = this.#options.now();
    this.#window.add(outcome, now - due);
    if (request.index >= this.#options.warmup) this.#totals.add(outcome, now - due);
    if (!outcome.ok) this.#failures.push([due, now]);
    this.#inFlight--;
    if (this.#to !== undefined && this.#inFlight === 0) this.#drained();
  }
}
