import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../../../trainer/telemetry/event-log.js';
import { Refused } from '../../../trainer/server/services.js';
import { reportBody } from '../telemetry/reports.js';
import { testServer, type TestServer } from './client.js';
import { FakeModels, MODEL, eventLog, rollout, twin } from './services.js';
import { decodeModel } from '../../../trainer/actor/model-file.js';

const A = '10.0.0.1:80';
let server: TestServer;
let events: EventLog;
let models: FakeModels;

beforeEach(async () => {
  events = await eventLog();
  models = new FakeModels();
  server = await testServer({ services: { events, models, rollout, twin } });
});
afterEach(() => server.close(0));

/** Value by name and labels. */
async function scraped(): Promise<Map<string, number>> {
  const response = await fetch(server.url('/metrics'));
  expect(response.headers.get('content-type')).toContain('text/plain; version=0.0.4');
  const lines = (await response.text()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]));
}

describe('GET /metrics', () => {
  it('counts reports by what became of them', async () => {
    for (const seq of [1, 2, 2]) await server.post(reportBody('p1', seq, { api: { [A]: {} } }));
    for (const body of ['{', '{}', 'x']) await server.post(body);
    const metrics = await scraped();
    const counts = ['accepted', 'stale', 'full', 'refused'].map((verdict) =>
      metrics.get(`weir_reports_total{verdict="${verdict}"}`),
    );
    expect(counts).toEqual([2, 1, 0, 3]);
    expect(metrics.get('weir_report_seconds_count')).toBe(3);
  });

  it('shows the fleet, its age, and the process', async () => {
    await server.post(reportBody('p1', 1, { api: { [A]: {}, '10.0.0.2:80': {} } }));
    server.clock.now += 1500;
    await server.post(reportBody('p2', 1, { api: { [A]: {} }, db: { [A]: {} } }));
    const metrics = await scraped();
    expect(metrics.get('weir_proxies')).toBe(2);
    expect(metrics.get('weir_clusters')).toBe(2);
    expect(metrics.get('weir_endpoints')).toBe(3);
    expect(metrics.get('weir_fleet_age_seconds')).toBe(1.5);
    expect(metrics.get('weir_event_listeners')).toBe(0);
    expect(metrics.get('process_resident_memory_bytes')).toBeGreaterThan(1e6);
    expect([...metrics.keys()]).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('shows models, rollout and twin as they are when asked', async () => {
    await models.publish({ model: decodeModel(MODEL), bytes: MODEL, force: false, by: 'me' });
    expect((await scraped()).get('weir_models{status="candidate"}')).toBe(1);
    await models.publish({ model: decodeModel(MODEL), bytes: MODEL, force: true, by: 'me' });
    const metrics = await scraped();
    expect(metrics.get('weir_models{status="current"}')).toBe(1);
    expect([...metrics.keys()]).not.toContain('weir_models{status="candidate"}');
    expect(metrics.get('weir_rollout_stage{stage="canary"}')).toBe(1);
    expect(metrics.get('weir_twin_error{figure="p99Ms"}')).toBe(0.07);
  });

  it('leaves out what another trainer, the one that leads, has', async () => {
    const elsewhere = () => {
      throw new Refused('conflict', 'this trainer waits');
    };
    const list = () => Promise.reject(new Refused('conflict', 'this trainer waits'));
    const waiting = await testServer({
      services: {
        models: Object.assign(new FakeModels(), { list }),
        rollout: { ...rollout, view: elsewhere },
      },
    });
    const response = await fetch(waiting.url('/metrics'));
    expect(response.status).toBe(200);
    const text = await response.text();
    expect(text).toContain('weir_proxies 0');
    expect(text).not.toMatch(/^weir_(models|rollout_stage)[{]/m);
    await waiting.close(0);
  });

  it('counts events by kind, of a bounded number of kinds', async () => {
    events.emit('publish.failed', 'A target refused it.');
    for (let i = 0; i < 200; i++) events.emit(`kind.${i}`, 'one of many');
    const kinds = [...(await scraped())].filter(([name]) => name.startsWith('weir_events_total'));
    expect(kinds).toHaveLength(51);
    expect(kinds).toContainEqual(['weir_events_total{kind="publish.failed"}', 1]);
    expect(kinds).toContainEqual(['weir_events_total{kind="other"}', 151]);
  });
});
