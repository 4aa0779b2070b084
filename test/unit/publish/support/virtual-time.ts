// Time that passes when a test says so, for whatever waits.
import type { Timing } from '../../../../trainer/publish/timing.js';

interface Waiter {
  readonly at: number;
  readonly wake: () => void;
}

export class VirtualTime implements Timing {
  #now = 0;
  #waiters: Waiter[] = [];
  /** What was waited for, ms. */
  readonly waits: number[] = [];

  readonly now = () => this.#now;
  readonly random = () => 0.5;

  readonly wait = (ms: number, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      this.waits.push(ms);
      const wake = () => {
        this.#waiters = this.#waiters.filter((other) => other !== waiter);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      const waiter = { at: this.#now + ms, wake };
      this.#waiters.push(waiter);
      if (signal.aborted) wake();
      else signal.addEventListener('abort', wake);
    });

  get isWaitedFor(): boolean {
    return this.#waiters.length > 0;
  }

  /** Lets `ms` pass at once. */
  pass(ms: number): void {
    this.#now += ms;
    for (const { wake } of this.#waiters.filter(({ at }) => at <= this.#now)) wake();
  }

  /** Lets time pass in steps while someone waits, until the condition holds; fails after `withinMs` of virtual time. */
  async until(condition: () => boolean, withinMs = 3_600_000, stepMs = 500): Promise<void> {
    const end = this.#now + withinMs;
    while (!condition()) {
      if (this.#now > end) throw new Error(`not within ${withinMs} ms`);
      // Only while somebody waits: real calls take no virtual time.
      if (withinMs > 0 && this.isWaitedFor) this.pass(stepMs);
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
