import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../../../trainer/telemetry/event-log.js';
import { Refused } from '../../../trainer/server/services.js';
import { VERSION } from '../../../trainer/server/version.js';
import { edgeOf } from '../../../trainer/telemetry/sketch.js';
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

  it('shows how many pods are known, and since when', async () => {
    expect((await scraped()).has('weir_pods')).toBe(false);
    const pods = { of: () => undefined, pods: () => 3, ageMs: () => 1500, close: () => undefined };
    const other = await testServer({ services: { pods } });
    try {
      const text = await (await fetch(other.url('/metrics'))).text();
      expect(text).toMatch(/^weir_pods 3$/m);
      expect(text).toMatch(/^weir_pods_age_seconds 1.5$/m);
    } finally {
      await other.close(0);
    }
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
    expect(kinds).toContainEqual(['weir_events_total{kind="other"}', 155]);
  });

  it('begins the events that alerts wait for at 0', async () => {
    expect((await scraped()).get('weir_events_total{kind="rollout.publish-failed"}')).toBe(0);
    events.emit('rollout.publish-failed', 'A target refused it.');
    expect((await scraped()).get('weir_events_total{kind="rollout.publish-failed"}')).toBe(1);
  });

  it('adds up the reports of a cluster, which never goes down', async () => {
    const endpoint = { requests: 10, errors: { timeout: 1, http5xx: 2 }, latency: [[24, 8], [120, 2]] }; // prettier-ignore
    const values = async () => {
      const metrics = await scraped();
      const of = (name: string, labels = 'cluster="api"') => metrics.get(`weir_cluster_${name}{${labels}}`);
      return {
        counts: ['requests_total', 'errors_total', 'latency_seconds_count'].map((name) => of(name)),
        buckets: ['0.0005', '0.000707107', '2.04800', '+Inf'].map((le) =>
          of('latency_seconds_bucket', `cluster="api",le="${Number(le) || le}"`),
        ),
        seconds: of('latency_seconds_sum'),
      };
    };
    await server.post(reportBody('p1', 1, { api: { [A]: endpoint } }));
    // A stale one counts no second time.
    await server.post(reportBody('p1', 1, { api: { [A]: endpoint } }));
    await server.post(reportBody('p2', 1, { api: { [A]: endpoint } }));
    const twice = { counts: [20, 6, 20], buckets: [0, 16, 16, 20] };
    expect(await values()).toMatchObject(twice);
    expect((await values()).seconds).toBeCloseTo((16 * edgeOf(24.5) + 4 * edgeOf(120.5)) / 1000);
    server.clock.now += 3_600_000;
    // The sidecars and their endpoint are gone, what was counted is not.
    expect((await scraped()).get('weir_proxies')).toBe(0);
    expect(await values()).toMatchObject(twice);
  });

  it('shows the endpoints of a cluster as they are now', async () => {
    const cpu = { server: { cpu: 0.25, ageMs: 0 } };
    await server.post(reportBody('p1', 1, { api: { [A]: { inFlight: 3, weight: 1.5, ...cpu } } }));
    const labels = `{cluster="api",endpoint="${A}"}`;
    const metrics = await scraped();
    expect(metrics.get(`weir_endpoint_in_flight${labels}`)).toBe(3);
    expect(metrics.get(`weir_endpoint_weight${labels}`)).toBe(1.5);
    expect(metrics.get(`weir_endpoint_cpu${labels}`)).toBe(0.25);
    // Nobody said.
    expect(metrics.has(`weir_endpoint_memory${labels}`)).toBe(false);
    expect(metrics.get('weir_cluster_in_flight{cluster="api"}')).toBe(3);
  });

  it('keeps the labels of clusters and endpoints within bounds, and their names whole', async () => {
    await server.post(reportBody('p1', 1, { 'a "b"\\\n': { [A]: { requests: 1 } } }));
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, i) => [`c${i}`, { [A]: { requests: 1 } }]),
    );
    await server.post(reportBody('p2', 1, many));
    const wide = Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`10.0.1.${i}:80`, {}]));
    await server.post(reportBody('p3', 1, { c0: wide, c1: wide, c2: wide }));
    const metrics = await scraped();
    expect(metrics.get('weir_cluster_requests_total{cluster="a \\"b\\"\\\\\\n"}')).toBe(1);
    const named = (name: string) => [...metrics.keys()].filter((key) => key.startsWith(`${name}{`));
    expect(named('weir_cluster_requests_total')).toHaveLength(51);
    expect(metrics.get('weir_cluster_requests_total{cluster="other"}')).toBe(151);
    expect(named('weir_cluster_in_flight')).toHaveLength(50);
    expect(named('weir_endpoint_weight')).toHaveLength(500);
  });

  it('says its version, and whether it leads what', async () => {
    expect((await scraped()).get(`weir_build_info{version="${VERSION}"}`)).toBe(1);
    const state = { published: undefined, pendingSince: undefined, lastError: undefined };
    const targets = [
      { ...state, name: 'a', published: 'x' },
      { ...state, name: 'b', pendingSince: 1 },
      { ...state, name: 'c', pendingSince: 1, lastError: 'refused' },
    ];
    const leading = await testServer({
      services: { rollout, lead: { isLeading: () => true, targets: () => targets } },
    });
    const text = await (await fetch(leading.url('/metrics'))).text();
    for (const stateName of ['published', 'waiting', 'failing'])
      expect(text).toContain(`weir_publish_targets{state="${stateName}"} 1`);
    expect(text).toContain('\nweir_leading 1\n');
    expect(text).toContain('\nweir_rollout_candidate_share 0.05\n');
    await leading.close(0);
  });
});
