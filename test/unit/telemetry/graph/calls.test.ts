import { describe, expect, it } from 'vitest';
import { callsOf } from '../../../../trainer/telemetry/graph/calls.js';
import { markCriticalPath } from '../../../../trainer/telemetry/graph/critical-path.js';
import { templateOf } from '../../../../trainer/telemetry/graph/path-template.js';
import { ServiceNames } from '../../../../trainer/telemetry/graph/service-names.js';
import { preorder, treesOf } from '../../../../trainer/telemetry/graph/span-tree.js';
import type { Span } from '../../../../trainer/telemetry/traces/span.js';
import { addressOf, span, traceOf } from './spans.js';

function callsIn(spans: readonly Span[]) {
  return treesOf(spans).flatMap((root) => {
    markCriticalPath(root);
    return callsOf(root, new ServiceNames());
  });
}

const chain = (db: object = {}) =>
  traceOf({ at: 'web-0', from: 0, to: 100, calls: [{ at: 'db-1', from: 10, to: 70, ...db }] });

describe('trees of a trace', () => {
  it('take a span that came twice once', () => {
    const spans = chain();
    expect(treesOf([...spans, ...spans]).flatMap(preorder)).toHaveLength(4);
  });

  it('cut a circle of parents before its earliest span', () => {
    const [a, b] = ['a'.repeat(16), 'b'.repeat(16)];
    const spans = [
      span({ spanId: a, parentId: b, service: 'x', kind: 'internal', startMs: 5 }),
      span({ spanId: b, parentId: a, service: 'x', kind: 'internal', startMs: 1 }),
    ];
    expect(treesOf(spans).map((root) => preorder(root).map((node) => node.span.spanId))).toEqual([[b, a]]);
  });

  it('take a span that is its own parent for a root', () => {
    const [id] = ['a'.repeat(16)];
    expect(treesOf([span({ spanId: id, parentId: id, service: 'x', kind: 'server' })])).toHaveLength(1);
  });

  it('put a server whose clock is off in the middle of its client, and all it did with it', () => {
    const spans = chain().map((s) => (s.instance === 'client-0' ? s : { ...s, startMs: s.startMs + 60_000 }));
    const nodes = treesOf(spans).flatMap(preorder);
    expect(nodes.map(({ startMs }) => startMs)).toEqual([0, 0.5, 10, 10.5]);
  });

  it('stand a chain of 20,000 spans', () => {
    const spans = Array.from({ length: 20_000 }, (_, i) =>
      span({
        ...{ spanId: String(i), service: 's', kind: 'internal', startMs: i, durationMs: 40_000 - 2 * i },
        ...(i > 0 ? { parentId: String(i - 1) } : {}),
      }),
    );
    const [root] = treesOf(spans);
    markCriticalPath(root!);
    expect(callsOf(root!, new ServiceNames())).toHaveLength(1);
  });
});

describe('the critical path', () => {
  it('adds up to the duration of the trace, and leaves out what ran beside something longer', () => {
    const spans = traceOf({
      ...{ at: 'web-0', from: 0, to: 100 },
      calls: [
        { at: 'db-0', from: 10, to: 40 },
        { at: 'cache-0', from: 10, to: 90 },
      ],
    });
    const [root] = treesOf(spans);
    markCriticalPath(root!);
    const nodes = preorder(root!);
    expect(nodes.reduce((sum, { criticalMs }) => sum + criticalMs, 0)).toBeCloseTo(100);
    const critical = nodes.filter(({ isCritical }) => isCritical).map(({ span: { service } }) => service);
    expect(new Set(critical)).toEqual(new Set(['client', 'web', 'cache']));
  });

  it('never exceeds the duration where children stick out at both ends', () => {
    const [root] = treesOf([
      span({ spanId: 'a', service: 'x', kind: 'server', startMs: 10, durationMs: 10 }),
      span({ spanId: 'b', parentId: 'a', service: 'x', kind: 'internal', startMs: 0, durationMs: 50 }),
    ]);
    markCriticalPath(root!);
    const total = preorder(root!).reduce((sum, { criticalMs }) => sum + criticalMs, 0);
    expect(total).toBeCloseTo(10);
  });
});

describe('calls of a trace', () => {
  it('are one a pair of client and server, with own time apart from waiting', () => {
    const [origin, web, db] = callsIn(chain());
    expect(origin).toMatchObject({ to: 'client', from: undefined, totalMs: 100, selfMs: 0, waitingMs: 100 });
    expect(web).toMatchObject({
      from: 'client',
      to: 'web',
      totalMs: 100,
      betweenMs: 1,
      selfMs: 39,
      waitingMs: 60,
    });
    expect(web).toMatchObject({
      endpoint: addressOf('web-0'),
      instance: 'web-0',
      path: '/web',
      failed: false,
    });
    expect(db).toMatchObject({
      from: 'web',
      to: 'db',
      totalMs: 60,
      selfMs: 59,
      waitingMs: 0,
      criticalMs: 59,
    });
    expect(web!.criticalMs).toBeCloseTo(39);
  });

  it('count waiting for two at the same time once', () => {
    const calls = [
      { at: 'db-0', from: 10, to: 60 },
      { at: 'db-1', from: 20, to: 70 },
    ];
    const web = callsIn(traceOf({ at: 'web-0', from: 0, to: 100, calls })).find(({ to }) => to === 'web');
    expect(web).toMatchObject({ waitingMs: 60, selfMs: 39 });
  });

  it('fail where no call below failed', () => {
    const spans = traceOf({
      ...{ at: 'web-0', from: 0, to: 100, status: 500, failed: true },
      calls: [{ at: 'db-1', from: 10, to: 70, status: 503, failed: true }],
    });
    const failed = callsIn(spans).filter(({ isOrigin }) => isOrigin);
    expect(failed.map(({ to, endpoint, code }) => [to, endpoint, code])).toEqual([
      ['db', addressOf('db-1'), '503'],
    ]);
  });

  it('have no answer where only the caller tells of it', () => {
    const spans = chain({ status: 0, failed: true }).filter(
      ({ service, kind }) => service !== 'db' || kind !== 'server',
    );
    const db = callsIn(spans).find(({ to }) => to === 'db');
    expect(db).toMatchObject({ from: 'web', endpoint: addressOf('db-1'), code: 'no answer', isOrigin: true });
  });

  it('come from outside where nobody called', () => {
    const [call] = callsIn([span({ spanId: 'a', parentId: 'unknown', service: 'web', kind: 'server' })]);
    expect(call).toMatchObject({ from: undefined, to: 'web', totalMs: 10, selfMs: 10 });
  });

  it('are one where sidecar and application both tell of it', () => {
    const inner = chain().flatMap((s) => {
      if (s.kind !== 'server') return [s];
      return [
        s,
        {
          ...s,
          spanId: `app${s.spanId}`,
          parentId: s.spanId,
          startMs: s.startMs + 1,
          durationMs: s.durationMs - 2,
        },
      ];
    });
    expect(callsIn(inner).map(({ from, to }) => [from, to])).toEqual([
      [undefined, 'client'],
      ['client', 'web'],
      ['web', 'db'],
    ]);
  });

  it('are one a try, of which the last has what the caller saw', () => {
    const [client, server] = traceOf({ at: 'web-1', from: 0, to: 50 });
    const first = {
      ...server!,
      spanId: 'first',
      instance: 'web-0',
      startMs: 1,
      durationMs: 5,
      failed: true,
      status: 503,
    };
    const tries = callsIn([client!, first, { ...server!, startMs: 10, durationMs: 39 }]).filter(
      ({ to }) => to === 'web',
    );
    expect(tries).toMatchObject([
      { instance: 'web-0', endpoint: undefined, failed: true, totalMs: 5 },
      { instance: 'web-1', endpoint: addressOf('web-1'), failed: false, totalMs: 50 },
    ]);
  });
});

describe('names', () => {
  it('of Istio are those of its own tracing', () => {
    expect(new ServiceNames().of('outbound|8080||api.default.svc.cluster.local')).toBe('api.default');
  });

  it('are what the service itself says, once it said so', () => {
    const names = new ServiceNames();
    names.learn('outbound|8080||api.default.svc.cluster.local', 'orders');
    expect(names.of('outbound|8080||api.default.svc.cluster.local')).toBe('orders');
  });

  it.each([
    ['/users/42/orders?x=1', '/users/{id}/orders'],
    ['/f/3f2504e0-4f89-11d3-9a0c-0305e82c3301', '/f/{id}'],
    ['/deadbeef00', '/{id}'],
    ['/checkout/summary', '/checkout/summary'],
    ['/a/b/c/d/e/f/g/h/i/j', '/a/b/c/d/e/f/g/h/..'],
    ['/', '/'],
  ])('of the path %s are %s', (path, template) => {
    expect(templateOf(path)).toBe(template);
  });
});
