// Windows by two keys, bounded in bytes: whatever was not written to for longest goes first.
import type { SparseBins } from './sketch.js';
import { SlidingWindow, type WindowShape } from './window.js';

export class WindowStore<K extends string> {
  /** Both levels are re-inserted on every use: the first is the one not written to for longest. */
  readonly #windows = new Map<string, Map<string, SlidingWindow<K>>>();
  #bytes = 0;

  /** @param maxInner windows under one outer key */
  constructor(
    readonly keys: readonly K[],
    readonly shape: WindowShape,
    readonly maxBytes: number,
    readonly maxInner = Infinity,
  ) {}

  /** Rough size of all windows. */
  get bytes(): number {
    return this.#bytes;
  }

  add(
    outer: string,
    inner: string,
    sums: Readonly<Partial<Record<K, number>>>,
    latency: SparseBins,
    at: number,
  ): void {
    const group = this.#windows.get(outer) ?? new Map<string, SlidingWindow<K>>();
    const known = group.get(inner);
    const window = known ?? new SlidingWindow(this.keys, this.shape);
    const before = known?.bytes ?? 0;
    window.add(sums, latency, at);
    this.#bytes += window.bytes - before;
    group.delete(inner);
    group.set(inner, window);
    this.#windows.delete(outer);
    this.#windows.set(outer, group);
    this.#trim(outer, group, at);
  }

  get(outer: string, inner: string): SlidingWindow<K> | undefined {
    return this.#windows.get(outer)?.get(inner);
  }

  of(outer: string): Iterable<[string, SlidingWindow<K>]> {
    return this.#windows.get(outer) ?? [];
  }

  outerKeys(): IterableIterator<string> {
    return this.#windows.keys();
  }

  *entries(): Generator<[outer: string, inner: string, window: SlidingWindow<K>]> {
    for (const [outer, group] of this.#windows)
      for (const [inner, window] of group) yield [outer, inner, window];
  }

  /** Drops what is too much or past, at most a few windows a call. */
  #trim(outer: string, group: Map<string, SlidingWindow<K>>, now: number): void {
    if (group.size > this.maxInner) this.#dropFirst(outer, group);
    this.#dropPast(outer, group, now);
    const [oldest] = this.#windows;
    if (oldest !== undefined) this.#dropPast(...oldest, now);
    while (this.#bytes > this.maxBytes) {
      const [first] = this.#windows;
      if (first === undefined) break;
      this.#dropFirst(...first);
    }
  }

  #dropPast(outer: string, group: Map<string, SlidingWindow<K>>, now: number): void {
    const [first] = group.values();
    const lengthMs = this.shape.slotMs * this.shape.slots;
    if (first !== undefined && first.endMs + lengthMs <= now) this.#dropFirst(outer, group);
  }

  #dropFirst(outer: string, group: Map<string, SlidingWindow<K>>): void {
    const [first] = group;
    if (first === undefined) return;
    group.delete(first[0]);
    this.#bytes -= first[1].bytes;
    if (group.size === 0) this.#windows.delete(outer);
  }
}
