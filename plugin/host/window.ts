// What is counted between two reports, for one cluster: per endpoint, in one block of u32, so that it is cheap to count,
// to clear and to hand to the worker that reports.
import { log2 } from '../core/math';

/** Latency bins (docs/contracts.md): bin i holds 2^(i/8 - 4) ms to the next edge. */
export const BINS: i32 = 160;
const BINS_AN_OCTAVE: f32 = 8;
const FIRST_OCTAVE: f32 = -4;

export const enum Count {
  Chosen,
  Served,
  Connect,
  Timeout,
  Http5xx,
  Bins,
}
const COUNTS: i32 = Count.Bins + BINS;

export function latencyBin(ms: f32): i32 {
  const bin = Mathf.floor(BINS_AN_OCTAVE * (log2(max<f32>(ms, 1e-6)) - FIRST_OCTAVE)) as i32;
  return min(BINS - 1, max(0, bin));
}

export class Window {
  requests: u32 = 0;
  fallback: u32 = 0;
  servedNotChosen: u32 = 0;
  /** Whether any endpoint was counted: answers come in intervals without requests, too. */
  private counted: bool = false;
  private counts: usize = 0;
  private capacity: i32 = 0;

  /** Room for the endpoints of a table. */
  reserve(capacity: i32): void {
    if (capacity <= this.capacity) return;
    const bytes = (capacity * COUNTS) << 2;
    const counts = heap.alloc(bytes);
    memory.fill(counts, 0, bytes);
    if (this.capacity > 0) {
      memory.copy(counts, this.counts, (this.capacity * COUNTS) << 2);
      heap.free(this.counts);
    }
    this.counts = counts;
    this.capacity = capacity;
  }

  private cell(endpoint: i32, count: i32): usize {
    return this.counts + ((endpoint * COUNTS + count) << 2);
  }

  add(endpoint: i32, count: i32, by: u32 = 1): void {
    const cell = this.cell(endpoint, count);
    store<u32>(cell, load<u32>(cell) + by);
    this.counted = true;
  }

  addLatency(endpoint: i32, ms: f32): void {
    this.add(endpoint, Count.Bins + latencyBin(ms));
  }

  get(endpoint: i32, count: i32): u32 {
    return load<u32>(this.cell(endpoint, count));
  }

  get isEmpty(): bool {
    return !this.counted && (this.requests | this.fallback | this.servedNotChosen) == 0;
  }

  clear(): void {
    this.requests = this.fallback = this.servedNotChosen = 0;
    this.counted = false;
    memory.fill(this.counts, 0, (this.capacity * COUNTS) << 2);
  }

  /** Forgets the counts of a slot that another endpoint takes. */
  clearSlot(endpoint: i32): void {
    memory.fill(this.cell(endpoint, 0), 0, COUNTS << 2);
  }

  /** Whether anything was counted for an endpoint. */
  hasCounts(endpoint: i32): bool {
    for (let i = 0; i < COUNTS; i++) if (this.get(endpoint, i) != 0) return true;
    return false;
  }
}
