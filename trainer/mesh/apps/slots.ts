// The workers of an endpoint: jobs that find no free slot wait in one FIFO queue of limited length.

export class Slots {
  #busy = 0;
  readonly #queue: (() => void)[] = [];

  constructor(
    readonly workers: number,
    readonly queueLimit: number,
  ) {}

  get busy(): number {
    return this.#busy;
  }

  get waiting(): number {
    return this.#queue.length;
  }

  /** Calls `start` as soon as a slot is free, at once if one is; false where the queue is full. */
  enter(start: () => void): boolean {
    if (this.#busy < this.workers) {
      this.#busy++;
      start();
      return true;
    }
    if (this.#queue.length >= this.queueLimit) return false;
    this.#queue.push(start);
    return true;
  }

  /** A job is done: its slot goes to the one that waited longest. */
  leave(): void {
    const next = this.#queue.shift();
    if (next) next();
    else this.#busy--;
  }
}
