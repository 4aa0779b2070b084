import { describe, expect, it } from 'vitest';
import { SlowTraces } from '../../../../trainer/telemetry/graph/slow-trace.js';
import { TraceStore } from '../../../../trainer/telemetry/graph/trace-store.js';
import { treesOf } from '../../../../trainer/telemetry/graph/span-tree.js';
import { summaryOf, traceView } from '../../../../trainer/telemetry/graph/waterfall.js';
import { addressOf, traceOf } from './spans.js';

const idOf = (i: number) => i.toString(16).padStart(32, '0');

function put(store: TraceStore, i: number, { ms = 10, failed = false } = {}) {
  const spans = traceOf({ at: `api-${i % 2}`, from: i * 1000, to: i * 1000 + ms, failed }, idOf(i));
  store.put(summaryOf(spans, treesOf(spans)), spans, failed);
}

const query = { order: 'newest', limit: 100 } as const;

describe('the store of traces', () => {
  it('never holds more spans than it may, and drops the oldest', () => {
    const store = new TraceStore(20);
    for (let i = 0; i < 100; i++) put(store, i);
    expect(store.spans).toBeLessThanOrEqual(20);
    expect(store.find(query).map(({ traceId }) => traceId)).toEqual([99, 98, 97, 96, 95].map(idOf));
  });

  it('keeps what failed while others come and go', () => {
    const store = new TraceStore(20);
    put(store, 0, { failed: true });
    for (let i = 1; i < 100; i++) put(store, i);
    expect(store.find({ ...query, failed: true }).map(({ traceId }) => traceId)).toEqual([idOf(0)]);
  });

  it('has one of each trace, also where it turns out to have failed later', () => {
    const store = new TraceStore(1000);
    put(store, 1);
    put(store, 1, { failed: true });
    put(store, 1);
    expect(store.find(query)).toHaveLength(1);
    expect(store.spans).toBe(2);
  });

  it('finds by service, endpoint and time, the slowest first where asked', () => {
    const store = new TraceStore(1000);
    for (let i = 0; i < 10; i++) put(store, i, { ms: 10 * (i + 1) });
    const ids = (more: object) =>
      store.find({ ...query, ...more }).map(({ traceId }) => Number(`0x${traceId}`));
    expect(ids({ endpoint: addressOf('api-1'), minMs: 55 })).toEqual([9, 7, 5]);
    expect(ids({ service: 'nobody' })).toEqual([]);
    expect(ids({ service: 'api', order: 'slowest', limit: 2 })).toEqual([9, 8]);
  });
});

describe('a waterfall', () => {
  it('has parents before their children, each at its place in time', () => {
    const spans = traceOf({
      at: 'web-0',
      from: 1000,
      to: 1100,
      calls: [{ at: 'db-0', from: 1010, to: 1060 }],
    });
    const { waterfall, durationMs, services } = traceView([...spans].reverse());
    expect(waterfall.map(({ service, depth, offsetMs }) => [service, depth, offsetMs])).toEqual([
      ['client', 0, 0],
      ['web', 1, 0.5],
      ['web', 2, 10],
      ['db', 3, 10.5],
    ]);
    expect([durationMs, services]).toEqual([100, ['client', 'web', 'db']]);
  });
});

describe('slow traces', () => {
  it('are about one in twenty of any entry, whatever its usual time', () => {
    const slow = new SlowTraces();
    for (const scale of [1, 1000]) {
      let count = 0;
      for (let i = 0; i < 4000; i++)
        if (slow.isSlow(`s${scale}`, scale * (1 + ((i * 0.618034) % 1))) && i >= 1000) count += 1;
      expect(count / 3000).toBeGreaterThan(0.03);
      expect(count / 3000).toBeLessThan(0.08);
    }
  });
});
