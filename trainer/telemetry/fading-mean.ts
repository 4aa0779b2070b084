// A mean in which what came before counts less: sum and number fade together, e^(-age / tau).

export class FadingMean {
  #sum = 0;
  #count = 0;
  #at = 0;

  /** @param least mean of fewer than this, faded: unknown */
  constructor(
    readonly tauMs: number,
    readonly least: number,
  ) {}

  /** `count` values that make `sum`, all as old as `now`. */
  add(sum: number, count: number, now: number): void {
    const keep = this.#keep(now);
    this.#sum = this.#sum * keep + sum;
    this.#count = this.#count * keep + count;
    this.#at = now;
  }

  at(now: number): number | undefined {
    return this.#count * this.#keep(now) > this.least ? this.#sum / this.#count : undefined;
  }

  #keep(now: number): number {
    return Math.exp(-Math.max(0, now - this.#at) / this.tauMs);
  }
}
