import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LatencySketch, BINS, type SparseBins } from '../../../trainer/telemetry/sketch.js';
import { SlidingWindow } from '../../../trainer/telemetry/window.js';
import { WindowStore } from '../../../trainer/telemetry/window-store.js';

const SHAPE = { slotMs: 100, slots: 5 };
const KEYS = ['requests', 'errors'] as const;

describe('a sliding window', () => {
  it('sums and merges what came since a time, from the first whole slot on', () => {
    const window = new SlidingWindow(KEYS, SHAPE);
    window.add({ requests: 1 }, [[40, 1]], 150);
    window.add({ requests: 2, errors: 1 }, [[40, 2]], 250); // prettier-ignore
    window.add({ requests: 4 }, [[80, 4]], 399);
    expect(window.since(0).sums).toEqual({ requests: 7, errors: 1 });
    expect(window.since(150).sums).toEqual({ requests: 6, errors: 1 });
    expect(window.since(200).latency.sparse()).toEqual([
      [40, 2],
      [80, 4],
    ]);
    expect(window.since(400).sums.requests).toBe(0);
  });

  it('gives a series with the empty slots in it and without the one that is not over', () => {
    const window = new SlidingWindow(KEYS, SHAPE);
    window.add({ requests: 3 }, [], 110);
    window.add({ requests: 5 }, [], 310);
    window.add({ requests: 9 }, [], 410);
    const series = window.series(0, 450).map(({ atMs, sums }) => [atMs, sums.requests]);
    expect(series).toEqual([[0, 0], [100, 3], [200, 0], [300, 5]]); // prettier-ignore
    expect(window.series(0, 2000).map(({ sums }) => sums.requests)).toEqual([0, 0, 0, 0, 0]);
  });

  it('drops what comes later than the window is long', () => {
    const window = new SlidingWindow(KEYS, SHAPE);
    window.add({ requests: 1 }, [[0, 1]], 1000);
    window.add({ requests: 1 }, [[0, 1]], 600);
    window.add({ requests: 1 }, [[0, 1]], 400);
    expect(window.since(-Infinity).sums.requests).toBe(2);
  });

  it('equals sums made anew after any sequence of additions', () => {
    const bins = fc.array(fc.tuple(fc.nat(BINS - 1), fc.integer({ min: 1, max: 50 })), { maxLength: 4 });
    const step = fc.record({ at: fc.nat(3000), requests: fc.nat(100), bins });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 30 }), fc.nat(3000), (steps, from) => {
        const window = new SlidingWindow(KEYS, SHAPE);
        steps.forEach(({ at, requests, bins }) => window.add({ requests }, bins, at));
        const newest = Math.max(...steps.map(({ at }) => Math.floor(at / 100)));
        const kept = steps.filter(({ at }) => {
          const slot = Math.floor(at / 100);
          return slot > newest - 5 && slot * 100 >= from;
        });
        const latency = new LatencySketch();
        kept.forEach(({ bins }) => {
          latency.add(bins);
        });
        const seen = window.since(from);
        expect(seen.sums.requests).toBe(kept.reduce((sum, { requests }) => sum + requests, 0));
        expect(seen.latency.sparse()).toEqual(latency.sparse());
      }),
      { numRuns: 300 },
    );
  });
});

describe('a store of windows', () => {
  const all: SparseBins = Array.from({ length: BINS }, (_, bin) => [bin, 1]);
  const size = (store: WindowStore<'requests'>) =>
    [...store.entries()].reduce((sum, [, , window]) => sum + window.bytes, 0);

  it('stays within its bytes, and the one not written to for longest goes first', () => {
    const store = new WindowStore(['requests'], SHAPE, 50_000);
    store.add('p0', 'kept', { requests: 1 }, all, 0);
    for (let i = 1; i < 1000; i++) {
      store.add(`p${i}`, 'm', { requests: 1 }, all, 0);
      store.add('p0', 'kept', { requests: 1 }, all, 0);
      expect(store.bytes).toBeLessThanOrEqual(50_000);
    }
    expect(store.bytes).toBe(size(store));
    expect(store.get('p0', 'kept')!.since(0).sums.requests).toBe(1000);
    expect(store.get('p1', 'm')).toBeUndefined();
    expect(store.get('p999', 'm')).toBeDefined();
  });

  it('keeps a few under one outer key, however many come', () => {
    const store = new WindowStore(['requests'], SHAPE, 1e9, 2);
    for (let i = 0; i < 100; i++) store.add('liar', `m${i}`, {}, [], 0);
    store.add('honest', 'm0', {}, [], 0);
    expect([...store.entries()].map(([outer, inner]) => [outer, inner])).toEqual([
      ['liar', 'm98'],
      ['liar', 'm99'],
      ['honest', 'm0'],
    ]);
  });

  it('forgets what is past, though others are still written to', () => {
    const store = new WindowStore(['requests'], SHAPE, 1e9);
    store.add('api', 'gone', {}, [], 0);
    store.add('idle', 'a', {}, [], 0);
    for (let at = 0; at <= 700; at += 50) store.add('api', 'alive', {}, [], at);
    expect([...store.entries()].map(([outer, inner]) => `${outer}/${inner}`)).toEqual(['api/alive']);
    expect(store.bytes).toBe(size(store));
  });
});
