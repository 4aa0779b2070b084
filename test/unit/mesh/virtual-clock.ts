// Time that passes when a test says so.

export class VirtualClock {
  #now = 0;
  readonly #timers: { at: number; done: () => void }[] = [];

  /** @param late how much later than asked timers fire */
  constructor(readonly late: (ms: number) => number = () => 0) {}

  readonly now = (): number => this.#now;

  readonly after = (ms: number, done: () => void): void => {
    this.#timers.push({ at: this.#now + ms + this.late(ms), done });
  };

  /** Fires all timers up to a time in order, and lets promises settle after each. */
  async runUntil(end: number): Promise<void> {
    await settle();
    for (;;) {
      this.#timers.sort((a, b) => a.at - b.at);
      const next = this.#timers[0];
      if (!next || next.at > end) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.done();
      await settle();
    }
    this.#now = end;
  }
}

const settle = () => new Promise<void>((resolve) => setImmediate(resolve));
