// Tallies by key over sliding windows. Calls go into buckets of 5 s; a bucket that is over is packed, and also poured into
// one of 15 s, that into one of 15 min, that into one of an hour: so the memory of a day is that of some 200 buckets.
import { Admission } from './admission.js';
import type { Call } from './calls.js';
import type { GraphWindow } from './graph-view.js';
import { Tally, type PackedTally } from './tally.js';

const HOUR_MS = 3_600_000;
/** Length of a bucket, and how many are kept, for 1 min, 15 min, 24 h, and a week of hours. */
const LEVELS = [
  { ms: 5000, count: 12 },
  { ms: 15_000, count: 60 },
  { ms: 15 * 60_000, count: 96 },
  { ms: HOUR_MS, count: 168 },
] as const;
const LEVEL_OF: Readonly<Record<GraphWindow, number>> = { '1m': 0, '15m': 1, '24h': 2 };
const HOURS = 3;

type Bucket = ReadonlyMap<string, PackedTally>;

interface Level {
  readonly ms: number;
  readonly count: number;
  /** Those that are over, by number of bucket, the oldest first. */
  readonly closed: Map<number, Bucket>;
  open: Map<string, Tally>;
  /** Number of the open bucket: time over length. */
  index: number;
}

export interface SeriesOptions {
  /** Most keys at a time. */
  readonly limit: number;
  /** Also keeps a week, hour by hour. */
  readonly hours?: boolean;
}

export class Series {
  readonly #levels: Level[];
  readonly #admission: Admission;

  constructor({ limit, hours = false }: SeriesOptions) {
    this.#admission = new Admission(limit);
    this.#levels = LEVELS.slice(0, hours ? HOURS + 1 : HOURS).map((level) => ({
      ...{ ...level, closed: new Map(), open: new Map(), index: -Infinity },
    }));
  }

  get refused(): number {
    return this.#admission.refused;
  }

  /** @param at Unix time in ms that never goes back */
  record(key: string, call: Call, at: number): void {
    if (!this.#admission.admits(key, at)) return;
    this.#advance(at);
    const { open } = this.#levels[0]!;
    let tally = open.get(key);
    if (tally === undefined) open.set(key, (tally = new Tally()));
    tally.add(call);
  }

  /** What the window holds, a tally of its own for each key. */
  window(window: GraphWindow, at: number): Map<string, Tally> {
    return this.#collect(LEVEL_OF[window], at, () => true);
  }

  /** The last `buckets` of 5 s, and what of the next there is. */
  recent(at: number, buckets = 2): Map<string, Tally> {
    const level = this.#levels[0]!;
    const now = Math.floor(at / level.ms);
    return this.#collect(0, at, (index) => index >= now - buckets);
  }

  /** The hours of the last week: a tally by key, and by hour of the day in UTC. */
  hours(key: string, at: number): (Tally | undefined)[] {
    this.#advance(at);
    const byHour: (Tally | undefined)[] = new Array<undefined>(24).fill(undefined);
    const of = (index: number): Tally => (byHour[index % 24] ??= new Tally());
    for (const [index, bucket] of this.#levels[HOURS]?.closed ?? []) {
      const packed = bucket.get(key);
      if (packed !== undefined) of(index).merge(packed);
    }
    for (const { open } of this.#levels) {
      const tally = open.get(key);
      if (tally !== undefined) of(Math.floor(at / HOUR_MS)).mergeLive(tally);
    }
    return byHour;
  }

  #collect(top: number, at: number, isWanted: (index: number) => boolean): Map<string, Tally> {
    this.#advance(at);
    const all = new Map<string, Tally>();
    const of = (key: string): Tally => {
      let tally = all.get(key);
      if (tally === undefined) all.set(key, (tally = new Tally()));
      return tally;
    };
    for (const [index, bucket] of this.#levels[top]!.closed)
      if (isWanted(index)) for (const [key, packed] of bucket) of(key).merge(packed);
    for (const { open } of this.#levels.slice(0, top + 1))
      for (const [key, tally] of open) of(key).mergeLive(tally);
    return all;
  }

  #advance(at: number): void {
    for (const [i, level] of this.#levels.entries()) {
      const index = Math.floor(at / level.ms);
      if (index <= level.index) return;
      if (level.open.size > 0) this.#close(level, this.#levels[i + 1]);
      level.index = index;
      for (const old of level.closed.keys()) if (old <= index - level.count) level.closed.delete(old);
    }
  }

  #close(level: Level, next: Level | undefined): void {
    level.closed.set(level.index, new Map([...level.open].map(([key, tally]) => [key, tally.pack()])));
    for (const [key, tally] of next === undefined ? [] : level.open) {
      const there = next?.open.get(key);
      if (there === undefined) next?.open.set(key, tally);
      else there.mergeLive(tally);
    }
    level.open = new Map();
  }
}
