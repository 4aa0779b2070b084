// The routes of the graph and of traces, over a real observer.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { graphView, serviceView, traceView } from '../../../trainer/server/graph-schemas.js';
import { addressOf, traceOf } from '../telemetry/graph/spans.js';
import { problemOf, testServer, type TestServer } from './client.js';
import { observing } from './services.js';

const idOf = (i: number) => i.toString(16).padStart(32, '0');
const FAILED = idOf(3);

let server: TestServer;
beforeAll(async () => {
  const { clock, observer, graph, traces } = observing();
  for (let i = 0; i < 10; i++) {
    const failed = idOf(i) === FAILED;
    observer.take(
      traceOf({ at: `api-${i % 2}`, from: i, to: i + 10 + i, failed, status: failed ? 503 : 200 }, idOf(i)),
      1000,
    );
  }
  clock.now = 5000;
  observer.tick(clock.now);
  server = await testServer({ services: { graph, traces } });
});
afterAll(() => server.close());

const get = async (path: string) => (await fetch(server.url(path))).json();

describe('GET /v1/graph', () => {
  it('is the graph, as the document says', async () => {
    const graph = graphView.strict().parse(await get('/v1/graph?window=15m'));
    expect(graph.edges).toMatchObject([{ from: 'client', to: 'api', requests: 10, errors: 1 }]);
    expect(graph.errors[0]!.exemplar).toMatchObject({
      traceId: FAILED,
      url: `http://jaeger:16686/trace/${FAILED}`,
    });
  });

  it('is of the last minute unless another window is asked for', async () => {
    expect(await get('/v1/graph')).toMatchObject({ window: '1m' });
    const problem = await problemOf(await fetch(server.url('/v1/graph?window=2h')));
    expect([problem.status, problem.errors]).toMatchObject([400, [{ path: 'window' }]]);
  });

  it('has one service more closely, or says that nobody called it', async () => {
    const service = serviceView.strict().parse(await get('/v1/graph/services/api'));
    expect(service.endpoints.map(({ name }) => name).sort()).toEqual(['api-0', 'api-1']);
    const problem = await problemOf(await fetch(server.url('/v1/graph/services/nobody')));
    expect(problem).toMatchObject({ status: 404, detail: 'no call of nobody in the last 1m' });
  });
});

describe('GET /v1/traces', () => {
  const found = async (query: string) =>
    ((await get(`/v1/traces?${query}`)) as { traces: { traceId: string }[] }).traces.map(
      ({ traceId }) => traceId,
    );

  it('finds what is asked for', async () => {
    expect(await found('failed=true')).toEqual([FAILED]);
    expect(await found('order=slowest&limit=2')).toEqual([idOf(9), idOf(8)]);
    expect(await found(`endpoint=${addressOf('api-1')}&minMs=16`)).toEqual([9, 7].map(idOf));
    expect(await found('service=nobody')).toEqual([]);
  });

  it.each(['limit=0', 'limit=1e9', 'order=fastest', 'failed=maybe', 'minMs=x'])(
    'refuses %s',
    async (query) => {
      expect((await problemOf(await fetch(server.url(`/v1/traces?${query}`)))).status).toBe(400);
    },
  );

  it('has one trace with all its spans', async () => {
    const trace = traceView.strict().parse(await get(`/v1/traces/${FAILED.toUpperCase()}`));
    expect(trace.waterfall.map(({ kind }) => kind)).toEqual(['client', 'server']);
  });

  it('says which trace is not kept, and what is no id', async () => {
    expect((await problemOf(await fetch(server.url(`/v1/traces/${idOf(99)}`)))).status).toBe(404);
    expect((await problemOf(await fetch(server.url('/v1/traces/zz')))).status).toBe(400);
  });
});

describe('the metrics', () => {
  it('say what became of spans', async () => {
    const text = await (await fetch(server.url('/metrics'))).text();
    expect(text).toMatch(/^weir_graph_kept_spans 20$/m);
    expect(text).toMatch(/^weir_graph_traces_total 10$/m);
  });
});
