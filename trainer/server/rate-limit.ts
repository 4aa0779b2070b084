// How many requests one address may send in a second: counted anew each second, so it keeps no more than that second's.

const WINDOW_MS = 1000;

export class RateLimit {
  readonly #most: number;
  readonly #counts = new Map<string, number>();
  #since = -Infinity;

  constructor(perSecond: number) {
    this.#most = perSecond;
  }

  allows(address: string, now: number): boolean {
    if (now - this.#since >= WINDOW_MS) {
      this.#counts.clear();
      this.#since = now;
    }
    const count = (this.#counts.get(address) ?? 0) + 1;
    this.#counts.set(address, count);
    return count <= this.#most;
  }
}
