// Who is counted where there is not room for all: whoever is there already, and a new one where one was idle for long.
// Names that are made up by the thousand do not push out those that are real.

const IDLE_MS = 15 * 60_000;
/** Order is kept no finer than this, so that a busy key costs one look. */
const GRAIN_MS = 5000;

export class Admission {
  /** Since when last seen, the longest ago first. */
  readonly #seen = new Map<string, number>();
  /** How often somebody was turned away. */
  refused = 0;

  constructor(private readonly limit: number) {}

  admits(key: string, now: number): boolean {
    const last = this.#seen.get(key);
    if (last !== undefined && now - last < GRAIN_MS) return true;
    if (last === undefined && !this.#makeRoom(now)) {
      this.refused += 1;
      return false;
    }
    this.#seen.delete(key);
    this.#seen.set(key, now);
    return true;
  }

  #makeRoom(now: number): boolean {
    if (this.#seen.size < this.limit) return true;
    const [longest] = this.#seen;
    if (longest === undefined || now - longest[1] < IDLE_MS) return false;
    return this.#seen.delete(longest[0]);
  }
}
