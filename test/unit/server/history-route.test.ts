import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { createListener } from '../../../trainer/server/app.js';
import { EventStreams } from '../../../trainer/server/event-stream.js';
import { LIMITS } from '../../../trainer/server/guards.js';
import { historyView } from '../../../trainer/server/history-schemas.js';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { History } from '../../../trainer/telemetry/history/history.js';
import { createMetrics } from '../../../trainer/telemetry/metrics.js';
import { report, reportBody } from '../telemetry/reports.js';
import { problemOf, testServer, type TestServer } from './client.js';

const fleet = new Fleet();
const history = new History(fleet, 1_000_000);
let server: TestServer;

beforeAll(async () => {
  for (let seq = 1; seq <= 400; seq++) {
    fleet.accept(
      report('p', seq, { api: { 'a:1': { requests: seq, weight: 1, latency: [[40, 1]] } } }),
      seq * 1000,
    );
    history.sample(seq * 1000);
  }
  server = await testServer({ services: { history } });
});
afterAll(() => server.close());

const get = (query = '') => fetch(server.url(`/v1/history${query}`));

describe('GET /v1/history', () => {
  it('is the last five minutes, as the document says', async () => {
    const response = await get();
    expect(response.headers.get('cache-control')).toBe('no-store');
    const view = historyView.strict().parse(await response.json());
    expect(view).toMatchObject({
      everyMs: 1000,
      clusters: [{ name: 'api', endpoints: [{ address: 'a:1' }] }],
    });
    expect(view.at).toHaveLength(300);
    expect(view.clusters[0]!.rps.slice(-2)).toEqual([399, 400]);
  });

  it('is as long as it is asked to be', async () => {
    expect(historyView.parse(await (await get('?seconds=2')).json()).at).toEqual([1_399_000, 1_400_000]);
    expect(historyView.parse(await (await get('?seconds=900')).json()).at).toHaveLength(400);
  });

  it('refuses what is no number of seconds that it keeps', async () => {
    for (const seconds of ['0', '901', '1.5', 'x', '']) {
      const problem = await problemOf(await get(`?seconds=${seconds}`));
      expect([problem.status, problem.errors]).toMatchObject([400, [{ path: 'seconds' }]]);
    }
  });

  it('has what sidecars report to this server, a sample a second', async () => {
    const own = await testServer();
    onTestFinished(() => own.close(0));
    await own.post(reportBody('p', 1, { db: { 'd:1': { requests: 7 } } }));
    const shown = async () => historyView.parse(await (await fetch(own.url('/v1/history'))).json()).clusters;
    await expect
      .poll(shown, { timeout: 10_000 })
      .toMatchObject([{ name: 'db', rps: expect.arrayContaining([7]) as number[] }]);
  });

  it('is said to be absent where a server keeps none', async () => {
    const now = () => 0;
    const listener = createListener({
      ...{
        fleet,
        now,
        wallNow: now,
        services: {},
        limits: LIMITS,
        requestPrefix: 'x',
        page: new Map(),
        version: '1',
      },
      ...{ log: pino({ level: 'silent' }), onReport: [], isReady: () => true, streams: new EventStreams() },
      metrics: createMetrics({ fleet, now, listeners: () => 0 }),
    });
    const bare = createServer(listener);
    onTestFinished(() => void bare.close());
    await new Promise<void>((resolve) => bare.listen(0, '127.0.0.1', resolve));
    const { port } = bare.address() as AddressInfo;
    for (const path of ['/v1/history', '/v1/live']) {
      const problem = await problemOf(await fetch(`http://127.0.0.1:${port}${path}`));
      expect(problem).toMatchObject({ status: 404 });
      expect(problem.detail).toContain('runs without a history');
    }
  });
});
