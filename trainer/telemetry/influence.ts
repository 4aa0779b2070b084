// How far one proxy may move what the fleet knows of an endpoint, whatever it reports. From three proxies on:
// - its requests in flight and its rate count for at most DOMINANCE times those of the next proxy, and a few more; a
//   busier one is believed as far as the server's own word leaves room for it beside all others;
// - its latencies weigh by that rate and by time that really passed, and their mean is taken for at most LATENCY_RATIO
//   times that of the slowest other proxy, or its inverse for the quickest;
// - what servers say of themselves is the median over the proxies that heard it last.
// With one or two proxies nobody can tell who is right, and nothing is clipped.

export const LEAST_PROXIES = 3;
export const DOMINANCE = 3;
/** What is never clipped: in small numbers, chance alone makes one proxy the busiest by far. */
export const SLACK = { inFlight: 8, rps: 16 } as const;
/** Three octaves: means of a few requests of one second differ by that much. */
export const LATENCY_RATIO = 8;
/** Answers beyond twice the requests, and a few that were in flight before, are made up. */
export const ANSWERS_PER_REQUEST = 2;
/** Proxies whose last words on a server are compared: the latest, odd so that the median is one of them. */
export const WORDS = 15;

/**
 * What one proxy counts for, of what it says.
 * @param next value of the next largest proxy
 * @param rest sum of all others
 * @param word what the server says is the whole; 0 where it said nothing. Asked where it matters, which is rare
 */
export function believed(
  said: number,
  next: number,
  rest: number,
  slack: number,
  word: () => number,
): number {
  const most = DOMINANCE * next + slack;
  return said <= most ? said : Math.min(said, Math.max(most, word() - rest + slack));
}

/** The two largest of a set that changes, found anew only when one of them left it. */
export class Largest<T> {
  readonly #all: ReadonlySet<T>;
  readonly #value: (item: T) => number;
  /** The largest ones, in order: as many of the two as are known for sure. */
  readonly #top: T[] = [];

  constructor(all: ReadonlySet<T>, value: (item: T) => number) {
    this.#all = all;
    this.#value = value;
  }

  /** After `item` was added to the set. */
  added(item: T): void {
    const top = this.#top;
    const value = this.#value(item);
    const at = top.findIndex((other) => value >= this.#value(other));
    if (at >= 0) top.splice(at, 0, item);
    else if (top.length === this.#all.size - 1) top.push(item);
    if (top.length > 2) top.pop();
  }

  /** After `item` was deleted from the set. */
  deleted(item: T): void {
    const at = this.#top.indexOf(item);
    if (at >= 0) this.#top.splice(at, 1);
  }

  get first(): T | undefined {
    return this.#top[0] ?? this.#found()[0];
  }

  get second(): T | undefined {
    return this.#found()[1];
  }

  #found(): readonly T[] {
    const top = this.#top;
    if (top.length >= Math.min(2, this.#all.size)) return top;
    top.length = 0;
    for (const item of this.#all) {
      const value = this.#value(item);
      if (top.length < 2 || value > this.#value(top[1]!)) {
        top.splice(top.length > 0 && value <= this.#value(top[0]!) ? 1 : 0, 0, item);
        if (top.length > 2) top.pop();
      }
    }
    return top;
  }
}

export function median(values: number[]): number | undefined {
  values.sort((a, b) => a - b);
  return values[(values.length - 1) >> 1];
}
