// The graph of a real mesh: it names the endpoint that turned slow and the one that began to fail, and Jaeger, to which spans
// are passed on, holds the same calls.
import { expect, it } from 'vitest';
import type { GraphView, TraceSummary, TraceView } from '../../../trainer/telemetry/graph/graph-view.js';
import { eventually } from '../support/eventually.js';
import type { Observed } from '../observing.test.js';

/** 10 s on a quiet machine (docs/graph.md); other tests run beside this one. */
const NAMED_WITHIN_MS = 25_000;
const CALLS = ['api cache', 'api db', 'client web', 'web api'];

interface JaegerSpan {
  readonly spanID: string;
  readonly processID: string;
  readonly references: readonly { readonly spanID: string }[];
}
interface JaegerTrace {
  readonly spans: readonly JaegerSpan[];
  readonly processes: Readonly<Record<string, { readonly serviceName: string }>>;
}

/** `web api`: who called whom, by the services of a span and of its parent. */
function callsBetween(
  spans: readonly { id: string; parent: string | undefined; service: string }[],
): string[] {
  const serviceOf = new Map(spans.map(({ id, service }) => [id, service]));
  return spans
    .flatMap(({ parent, service }) => {
      const from = parent === undefined ? undefined : serviceOf.get(parent);
      return from === undefined || from === service ? [] : [`${from} ${service}`];
    })
    .sort();
}

const ofPage = ({ waterfall }: TraceView): string[] =>
  callsBetween(waterfall.map(({ spanId, parentId, service }) => ({ id: spanId, parent: parentId, service })));

const ofJaeger = ({ spans, processes }: JaegerTrace): string[] =>
  callsBetween(
    spans.map(({ spanID, references, processID }) => ({
      ...{ id: spanID, parent: references[0]?.spanID, service: processes[processID]!.serviceName },
    })),
  );

export function graphSuite(observed: () => Observed): void {
  const get = <T>(path: string): Promise<T> => observed().shop.get<T>(path);
  const inJaeger = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${observed().jaeger.queryUrl}${path}`);
    return ((await response.json()) as { data: T }).data;
  };

  it('names the slow endpoint and the failing one soon after they begin', async () => {
    const named = await eventually(
      async () => {
        const { bottlenecks, errors } = await get<GraphView>('/v1/graph');
        const slow = bottlenecks.find(({ reason }) => reason.startsWith('db-1 '));
        const failing = errors.find(({ reason }) => reason.startsWith('api-2 '));
        return slow && failing && { slow, failing, at: Date.now() };
      },
      { timeoutMs: 120_000, pollMs: 250 },
    );
    expect(named.slow).toMatchObject({ service: 'db', endpoint: expect.stringMatching(/^127/) as string });
    expect(named.failing).toMatchObject({ service: 'api', code: '500' });
    expect(named.at - observed().shop.faultsAt).toBeLessThan(NAMED_WITHIN_MS);
  });

  it('has the calls that Jaeger has, trace by trace', async () => {
    const { traces } = await get<{ traces: TraceSummary[] }>('/v1/traces?limit=20');
    expect(traces).toHaveLength(20);
    for (const { traceId, url } of traces) {
      expect(url).toBe(`${observed().jaeger.queryUrl}/trace/${traceId}`);
      const expected = ofPage(await get<TraceView>(`/v1/traces/${traceId}`));
      expect(expected.length).toBeGreaterThanOrEqual(1);
      await eventually(async () => {
        const [trace] = await inJaeger<JaegerTrace[]>(`/api/traces/${traceId}`);
        expect(ofJaeger(trace!)).toEqual(expected);
        return true;
      });
    }
  });

  it('has the edges that Jaeger derives', async () => {
    const { edges } = await get<GraphView>('/v1/graph?window=15m');
    expect(edges.map(({ from, to }) => `${from} ${to}`).sort()).toEqual(CALLS);
    const query = `endTs=${Date.now()}&lookback=900000`;
    const links = await eventually(async () => {
      const all = await inJaeger<{ parent: string; child: string; callCount: number }[]>(
        `/api/dependencies?${query}`,
      );
      // To Jaeger, a service that passes a request on calls itself in between.
      const found = all.filter(({ parent, child }) => parent !== child);
      return found.length === CALLS.length ? found : undefined;
    });
    expect(links.map(({ parent, child }) => `${parent} ${child}`).sort()).toEqual(CALLS);
    for (const { parent, child, callCount } of links) {
      const { requests } = edges.find(({ from, to }) => from === parent && to === child)!;
      // The graph waits until traces are whole, and the load goes on meanwhile.
      expect(Math.abs(callCount / requests - 1)).toBeLessThan(0.2);
    }
  });

  it('shows each call with its endpoint, decision, model and user, and nothing that is private', async () => {
    const { traces } = await get<{ traces: TraceSummary[] }>('/v1/traces?limit=1&service=web');
    const { waterfall } = await get<TraceView>(`/v1/traces/${traces[0]!.traceId}`);
    const [client, server] = waterfall;
    expect(client).toMatchObject({
      service: 'client',
      instance: 'client-0',
      kind: 'client',
      peer: 'web',
      depth: 0,
    });
    expect(client!.endpoint).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(client!.chosen).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(client!.model).toMatch(/^[0-9a-f]{32}$/);
    expect(client!.user).toMatch(/^[0-9a-f]{8}$/);
    expect(server).toMatchObject({ service: 'web', kind: 'server', parentId: client!.spanId, depth: 1 });
    expect(JSON.stringify(waterfall)).not.toMatch(/user-\d|user_agent/);
  });
}
