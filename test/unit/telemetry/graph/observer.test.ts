import { describe, expect, it } from 'vitest';
import { Observer } from '../../../../trainer/telemetry/graph/observer.js';
import { GRAPH_LIMITS } from '../../../../trainer/telemetry/graph/limits.js';
import { MemoryEvents } from '../../../../trainer/telemetry/memory-events.js';
import type { Span } from '../../../../trainer/telemetry/traces/span.js';
import { addressOf, span, traceOf } from './spans.js';

const EPOCH = Date.UTC(2026, 0, 2);

function setUp(options: Partial<ConstructorParameters<typeof Observer>[0]> = {}) {
  const clock = { now: 0 };
  const events = new MemoryEvents(() => new Date(EPOCH + clock.now));
  const observer = new Observer({
    ...{ now: () => clock.now, epochMs: EPOCH, sampledShare: 1, keepSpans: 10_000, events },
    ...options,
  });
  let traces = 0;
  const take = (spans: readonly Span[]) => observer.take(spans, clock.now);
  const pass = (ms: number) => {
    for (const until = clock.now + ms; clock.now < until;) {
      clock.now += 500;
      observer.tick(clock.now);
    }
  };
  const id = () => (++traces).toString(16).padStart(32, '0');
  return { clock, events, observer, take, pass, id };
}

/** Spread without chance: 0.5 to 1.5 in an order that looks random. */
const jitter = (i: number) => 0.5 + ((i * 0.618034) % 1);

type Shape = (i: number) => Parameters<typeof traceOf>[0];

/** `seconds` of 40 requests a second, of the given shape. */
function run(t: ReturnType<typeof setUp>, seconds: number, shape: Shape): void {
  for (let i = 0; i < seconds * 40; i++) {
    t.take(traceOf(shape(i), t.id()));
    if (i % 20 === 19) t.pass(500);
  }
  t.pass(2000);
}

/** web calls api calls db; one endpoint of db is slow, one of api fails, from the given request on. */
const tiers =
  (from: number): Shape =>
  (i) => {
    const [api, db] = [`api-${i % 3}`, `db-${(i * 7) % 4}`];
    const isSlow = i >= from && db === 'db-2';
    const failed = i >= from && api === 'api-1' && i % 2 === 1;
    const dbMs = 8 * jitter(i) * (isSlow ? 5 : 1);
    const status = failed ? { status: 503, failed } : {};
    return {
      ...{ at: 'web-0', from: 0, to: dbMs + 10, ...status },
      calls: [
        {
          ...{ at: api, from: 2, to: failed ? 5 : dbMs + 8, ...status },
          calls: failed ? [] : [{ at: db, from: 4, to: dbMs + 6 }],
        },
      ],
    };
  };

describe('the graph', () => {
  it('names the slow endpoint and the failing one within 10 s of their begin', () => {
    const t = setUp();
    run(t, 60, tiers(Infinity));
    expect(t.observer.view('1m').bottlenecks.filter(({ endpoint }) => endpoint)).toEqual([]);
    expect(t.observer.view('1m').errors).toEqual([]);
    run(t, 8, tiers(0));
    const { bottlenecks, errors } = t.observer.view('1m');
    expect(bottlenecks[0]).toMatchObject({ service: 'db', endpoint: addressOf('db-2') });
    expect(bottlenecks.filter(({ endpoint }) => endpoint)).toHaveLength(1);
    expect(bottlenecks[0]!.reason).toMatch(
      /^db-2 \(.*\) of db takes .* a call where its 3 siblings take .* ms/,
    );
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatchObject({ service: 'api', endpoint: addressOf('api-1'), code: '503' });
    expect(errors[0]!.reason).toMatch(/^api-1 \(.*\) of api answers 503 to \d+% of \d+ calls/);
    expect(t.observer.get(errors[0]!.exemplar!.traceId)?.failed).toBe(true);
  });

  it('has a failure of all endpoints of a service for the service, not for each of them', () => {
    const t = setUp();
    run(t, 20, (i) => ({
      at: `api-${i % 4}`,
      from: 0,
      to: 9,
      ...(jitter(i) < 0.8 ? { failed: true, status: 500 } : {}),
    }));
    expect(t.observer.view('1m').errors).toMatchObject([{ service: 'api', code: '500' }]);
    expect(t.observer.view('1m').errors[0]).not.toHaveProperty('endpoint');
  });

  it('shows services, calls, rates and where the time goes', () => {
    const t = setUp();
    run(t, 60, tiers(Infinity));
    const { services, edges } = t.observer.view('1m');
    expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(['api db', 'client web', 'web api']);
    const [client, web, db] = ['client', 'web', 'db'].map((name) => services.find((s) => s.name === name)!);
    expect([client!.isEntry, web!.isEntry]).toEqual([true, false]);
    expect(web!.rps).toBeGreaterThan(35);
    expect(web!.rps).toBeLessThan(41);
    expect(db!.waitingMs).toBe(0);
    expect(db!.criticalShare).toBeGreaterThan(0.3);
    const sum = services.reduce((all, { criticalShare }) => all + criticalShare, 0);
    expect(sum).toBeCloseTo(1, 1);
  });

  it('extrapolates what was sampled', () => {
    const t = setUp({ sampledShare: 0.1 });
    run(t, 60, tiers(Infinity));
    expect(t.observer.view('1m').services.find(({ name }) => name === 'web')!.rps).toBeGreaterThan(350);
  });

  it('shows one service with its endpoints, paths, callers and hours', () => {
    const t = setUp();
    run(t, 30, tiers(Infinity));
    const api = t.observer.service('api', '15m')!;
    expect(api.endpoints.map(({ address, name }) => [address, name]).sort()).toEqual(
      [0, 1, 2].map((i) => [addressOf(`api-${i}`), `api-${i}`]),
    );
    expect(api.endpoints.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
    expect(api.paths).toMatchObject([{ method: 'GET', path: '/api', requests: 1200 }]);
    expect([api.callers.map(({ from }) => from), api.callees.map(({ to }) => to)]).toEqual([['web'], ['db']]);
    expect(api.hours).toMatchObject([{ hour: 0, requests: 1200 }]);
    expect(t.observer.service('nobody', '15m')).toBeUndefined();
  });

  it('counts a trace once its late spans are there, and what comes later still only once', () => {
    const t = setUp();
    const spans = traceOf({ at: 'web-0', from: 0, to: 20_000, calls: [{ at: 'db-0', from: 1, to: 9 }] });
    t.take(spans.filter(({ service }) => service === 'db'));
    t.pass(8000);
    t.take(spans.filter(({ service }) => service !== 'db'));
    t.pass(8000);
    const { services, edges } = t.observer.view('1m');
    expect(services.map(({ name, requests }) => [name, requests]).sort()).toEqual([
      ['client', 1],
      ['db', 1],
      ['web', 1],
    ]);
    expect(edges.map(({ to }) => to)).toEqual(['web']);
    expect(t.observer.get(spans[0]!.traceId)!.waterfall).toHaveLength(4);
  });

  it('stays within its bounds whatever comes in', () => {
    const limits = { ...GRAPH_LIMITS, services: 5, openSpans: 100, openTraces: 50, spansPerTrace: 10 };
    const t = setUp({ limits, keepSpans: 1000 });
    for (let i = 0; i < 5000; i++) {
      t.take([span({ traceId: t.id(), spanId: String(i), service: `s${i}`, kind: 'server' })]);
      if (i % 20 === 0) t.pass(500);
    }
    t.pass(6000);
    const counts = t.observer.counts();
    expect(counts.openSpans).toBe(0);
    expect(counts.keptSpans).toBeLessThanOrEqual(1000);
    expect(counts.droppedSpans).toBeGreaterThan(0);
    expect(counts.refusedCalls).toBeGreaterThan(0);
    expect(t.observer.view('24h').services.length).toBeLessThanOrEqual(5);
  });
});

describe('anomalies', () => {
  const kinds = (events: MemoryEvents) =>
    events.since(0).map(({ kind, data }) => `${kind} ${String(data['service'] ?? data['to'])}`);

  it('are none in a mesh that goes on as before', () => {
    const t = setUp();
    run(t, 240, tiers(Infinity));
    expect(kinds(t.events)).toEqual([]);
  });

  it('are told once when they begin and once when they are over', () => {
    const t = setUp();
    run(t, 120, tiers(Infinity));
    run(t, 30, tiers(0));
    const begun = kinds(t.events);
    expect(begun.sort()).toEqual([
      'graph.errors api',
      'graph.errors client',
      'graph.errors web',
      'graph.slow-endpoint db',
    ]);
    run(t, 60, tiers(Infinity));
    const over = t.events.since(begun.length);
    expect(over.map(({ kind }) => kind)).toEqual(begun.map(() => 'graph.recovered'));
  });

  it('are services that became slow, all endpoints alike', () => {
    const t = setUp();
    run(t, 90, (i) => ({ at: `api-${i % 3}`, from: 0, to: 8 * jitter(i) }));
    run(t, 20, (i) => ({ at: `api-${i % 3}`, from: 0, to: 24 * jitter(i) }));
    expect(kinds(t.events)).toContain('graph.latency api');
    expect(t.events.since(0).find(({ data }) => data['service'] === 'api')!.message).toMatch(
      /^api became slow: half of/,
    );
  });

  it('are calls that were never made before, once the first minute is over', () => {
    const t = setUp();
    run(t, 70, () => ({ at: 'web-0', from: 0, to: 10 }));
    expect(kinds(t.events)).toEqual([]);
    run(t, 5, () => ({ at: 'web-0', from: 0, to: 10, calls: [{ at: 'cache-0', from: 1, to: 2 }] }));
    expect(kinds(t.events)).toEqual(['graph.new-call cache']);
  });
});
