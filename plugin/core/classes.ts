// Request classes: what a proxy can tell apart by the request, and what each costs. A class is a hash (of method and
// path template, or of a header); its cost an average of the latencies seen, bounded in number.
import { NEVER } from './lanes';
import { fnv1aFrom, keepShare } from './math';

/** Window of a class's average: longer than that of an endpoint, because a class does not change by itself. */
const CLASS_TAU_MS: f32 = 30000;
/** Samples until a class is believed. */
const KNOWN_AFTER: f32 = 4;
/** An expected work stays within these multiples of the mean, whatever was measured. */
const MIN_WORK: f32 = 1.0 / 64.0;
const MAX_WORK: f32 = 64;

/** Bytes a class: hash u32, samples f32, cost f32, time of the last sample f32. */
const ENTRY: i32 = 16;

export class ClassTable {
  count: i32 = 0;
  private entries: StaticArray<f32>;
  private mean: f32 = 0;
  private samples: f32 = 0;
  private meanAt: f32 = NEVER;

  constructor(public limit: i32) {
    this.entries = new StaticArray<f32>((limit * ENTRY) >> 2);
  }

  private entry(index: i32): usize {
    return changetype<usize>(this.entries) + index * ENTRY;
  }

  /** Index of a class, added where there is room; -1 when the table is full: such a request counts as a mean one. */
  indexOf(hash: u32): i32 {
    for (let i = 0; i < this.count; i++) {
      if (load<u32>(this.entry(i)) == hash) return i;
    }
    if (this.count == this.limit) return -1;
    const entry = this.entry(this.count);
    store<u32>(entry, hash);
    store<f32>(entry + 4, 0);
    store<f32>(entry + 8, 0);
    store<f32>(entry + 12, NEVER);
    return this.count++;
  }

  isKnown(index: i32): bool {
    return index >= 0 && load<f32>(this.entry(index) + 4) >= KNOWN_AFTER;
  }

  /** Expected work of a request of this class, 1 = the mean request of the cluster. */
  work(index: i32): f32 {
    if (!this.isKnown(index) || this.mean <= 0) return 1;
    return min(MAX_WORK, max(MIN_WORK, load<f32>(this.entry(index) + 8) / this.mean));
  }

  /** Adds a latency (ms) of a class at `at` (ms since the table's origin). */
  observe(index: i32, latency: f32, at: f32): void {
    const keepMean = keepShare(this.samples, at - this.meanAt, CLASS_TAU_MS);
    this.mean = this.mean * keepMean + latency * (1 - keepMean);
    this.samples += 1;
    this.meanAt = at;
    if (index < 0) return;
    const entry = this.entry(index);
    const samples = load<f32>(entry + 4);
    const keep = keepShare(samples, at - load<f32>(entry + 12), CLASS_TAU_MS);
    store<f32>(entry + 4, samples + 1);
    store<f32>(entry + 8, load<f32>(entry + 8) * keep + latency * (1 - keep));
    store<f32>(entry + 12, at);
  }

  /** Moves the times with the table's origin. */
  rebase(shift: f32): void {
    this.meanAt = max<f32>(this.meanAt - shift, NEVER);
    for (let i = 0; i < this.count; i++) {
      const at = this.entry(i) + 12;
      store<f32>(at, max<f32>(load<f32>(at) - shift, NEVER));
    }
  }
}

const SLASH: u8 = 0x2f;
const QUESTION: u8 = 0x3f;
const HASH_SIGN: u8 = 0x23;
const STAR: u32 = 0x2a;

/**
 * Hash of a path's template: the query is left out and every segment that holds a digit counts as `*`, so that
 * `/users/17/cart` and `/users/23/cart` are one class. Continues from `seed` (the method's hash).
 */
export function templateHash(path: usize, length: i32, seed: u32): u32 {
  let hash = seed;
  let start = 0;
  while (start < length) {
    let end = start;
    let hasDigit = false;
    let byte: u8 = 0;
    while (end < length) {
      byte = load<u8>(path + end);
      if (byte == SLASH || byte == QUESTION || byte == HASH_SIGN) break;
      if (byte >= 0x30 && byte <= 0x39) hasDigit = true;
      end++;
    }
    hash = hasDigit ? (hash ^ STAR) * 0x01000193 : fnv1aFrom(hash, path + start, end - start);
    if (end >= length || byte != SLASH) break;
    hash = (hash ^ SLASH) * 0x01000193;
    start = end + 1;
  }
  return hash;
}
