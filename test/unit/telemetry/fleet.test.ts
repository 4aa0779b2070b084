import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { MAX_CLUSTERS, MAX_ENDPOINTS, MAX_PROXIES } from '../../../trainer/telemetry/limits.js';
import { middleOf } from '../../../trainer/telemetry/sketch.js';
import { answerOf, report } from './reports.js';

const A = '10.0.0.1:80';
const B = '10.0.0.2:80';

/** The cluster `name` of the answer to a report of `proxy` that holds nothing new. */
function answered(fleet: Fleet, now: number, name = 'api') {
  return answerOf(fleet, report('asker', 1, { [name]: {} }), now).clusters.find(
    (cluster) => cluster.name === name,
  )!;
}

describe('the fleet view', () => {
  it('adds up what the proxies report of an endpoint', () => {
    const fleet = new Fleet();
    fleet.accept(report('p1', 1, { api: { [A]: { requests: 30, inFlight: 2, errors: { http5xx: 1 } } } }), 0);
    fleet.accept(report('p2', 1, { api: { [A]: { requests: 10, inFlight: 5 } } }, { intervalMs: 500 }), 100);
    expect(answered(fleet, 150)).toEqual({
      name: 'api',
      ageMs: 150,
      endpoints: [{ address: A, weight: 1, inFlight: 7, rps: 50, errorRate: 1 / 50 }],
    });
  });

  it('counts a proxy once, by its latest report', () => {
    const fleet = new Fleet();
    expect(fleet.accept(report('p1', 7, { api: { [A]: { inFlight: 2 } } }), 0)).toBe('accepted');
    expect(fleet.accept(report('p1', 8, { api: { [A]: { inFlight: 3 }, [B]: {} } }), 10)).toBe('accepted');
    expect(fleet.accept(report('p1', 8, { api: { [A]: { inFlight: 90 } } }), 20)).toBe('stale');
    expect(fleet.accept(report('p1', 7, { api: { [A]: { inFlight: 90 } } }), 30)).toBe('stale');
    expect(answered(fleet, 30).endpoints.map((e) => [e.address, e.inFlight])).toEqual([
      [A, 3],
      [B, 0],
    ]);
    expect(fleet.view(30).reports).toEqual({ accepted: 2, stale: 2, full: 0 });
  });

  it('takes a proxy that counts from the start again under its old name, and no report that is merely late', () => {
    const fleet = new Fleet();
    fleet.accept(report('p1', 5000, { api: { [A]: { inFlight: 9 } } }), 0);
    expect(fleet.accept(report('p1', 4950, { api: { [A]: { inFlight: 5 } } }), 10)).toBe('stale');
    expect(fleet.accept(report('p1', 0, { api: { [A]: { inFlight: 1 } } }), 20)).toBe('accepted');
    expect(fleet.accept(report('p1', 1, { api: { [A]: { inFlight: 2 } } }), 1020)).toBe('accepted');
    expect(answered(fleet, 1020).endpoints[0]!.inFlight).toBe(2);
  });

  it('drops a proxy that was silent for more than five of its intervals', () => {
    const fleet = new Fleet();
    fleet.accept(report('fast', 1, { api: { [A]: { inFlight: 1 } } }, { intervalMs: 100 }), 0);
    fleet.accept(report('slow', 1, { api: { [B]: { inFlight: 1 } } }, { intervalMs: 1000 }), 0);
    expect(answered(fleet, 500).endpoints).toHaveLength(2);
    expect(answered(fleet, 501).endpoints.map((e) => e.address)).toEqual([B]);
    expect(fleet.proxies(5000).map((proxy) => proxy.id)).toEqual(['slow']);
    expect(fleet.view(5001)).toMatchObject({ proxies: 0, clusters: [{ name: 'api', endpoints: [] }] });
  });

  it('waits five minutes at most for a proxy that named a long interval', () => {
    const fleet = new Fleet();
    fleet.accept(report('sleeper', 1, { api: { [A]: {} } }, { intervalMs: 3_600_000 }), 0);
    expect(fleet.view(300_000).proxies).toBe(1);
    expect(fleet.view(300_001).proxies).toBe(0);
  });

  it('has the age of its oldest report', () => {
    const fleet = new Fleet();
    fleet.accept(report('p1', 1, { api: { [A]: {} } }), 0);
    fleet.accept(report('p2', 1, { api: { [A]: {} } }), 400);
    expect(answered(fleet, 500).ageMs).toBe(500);
    fleet.accept(report('p1', 2, { api: { [A]: {} } }), 500);
    expect(answered(fleet, 500).ageMs).toBe(100);
  });

  it('tells a proxy how many share its cluster', () => {
    const fleet = new Fleet();
    for (const proxy of ['p1', 'p2', 'p3']) fleet.accept(report(proxy, 1, { api: { [A]: {} } }), 0);
    fleet.accept(report('p4', 1, { db: { [B]: {} } }), 0);
    expect(answerOf(fleet, report('p1', 1, { api: {} }), 0).proxies).toBe(3);
    expect(answerOf(fleet, report('p1', 1, { api: {}, db: {} }), 0).proxies).toBe(3);
    expect(answerOf(fleet, report('p4', 1, { db: {} }), 0).proxies).toBe(1);
    expect(answerOf(fleet, report('new', 1, {}), 0).proxies).toBe(1);
  });

  it('takes cpu and memory from whoever heard the server last', () => {
    const fleet = new Fleet();
    fleet.accept(report('p1', 1, { api: { [A]: { server: { cpu: 0.9, memory: 0.5, ageMs: 10 } } } }), 100);
    fleet.accept(report('p2', 1, { api: { [A]: { server: { cpu: 0.2, ageMs: 300 } } } }), 200);
    expect(answered(fleet, 200).endpoints[0]).toMatchObject({ cpu: 0.9, memory: 0.5 });
    fleet.accept(report('p2', 2, { api: { [A]: { server: { cpu: 0.3, ageMs: 5 } } } }), 300);
    expect(answered(fleet, 300).endpoints[0]).toMatchObject({ cpu: 0.3, memory: 0.5 });
  });

  it('forgets cpu and memory after ten seconds', () => {
    const fleet = new Fleet();
    const slow = { intervalMs: 60_000 };
    fleet.accept(report('p1', 1, { api: { [A]: { server: { cpu: 0.9, ageMs: 0 } } } }, slow), 0);
    expect(answered(fleet, 10_000).endpoints[0]).toHaveProperty('cpu', 0.9);
    expect(answered(fleet, 10_001).endpoints[0]).not.toHaveProperty('cpu');
  });

  it('shows quantiles, totals and models', () => {
    const fleet = new Fleet();
    const latency = [
      [40, 98],
      [80, 2],
    ];
    const models = [{ id: 'aa', requests: 100, errors: 2, latency }];
    for (const seq of [1, 2]) {
      const endpoints = {
        [A]: { requests: 100, latency, weight: 0.25, ejected: true, errors: { connect: 2 } },
      };
      fleet.accept(report('p1', seq, { api: endpoints }, { models }), seq);
    }
    const { clusters, models: seen, lastReportAgeMs } = fleet.view(12);
    const quantiles = { p50Ms: middleOf(40), p99Ms: middleOf(80) };
    expect(clusters[0]).toMatchObject({
      ...quantiles,
      proxies: 1,
      rps: 100,
      errorRate: 0.02,
      totals: { requests: 200, errors: 4, fallback: 0, servedNotChosen: 0 },
      endpoints: [
        { address: A, ...quantiles, weight: 0.25, ejectedBy: 1, totalRequests: 200, totalErrors: 4 },
      ],
    });
    expect(seen).toEqual([{ id: 'aa', requests: 200, errors: 4, ...quantiles, lastReportAgeMs: 10 }]);
    expect(lastReportAgeMs).toBe(10);
  });
});

describe('the configured table', () => {
  const endpoints = { api: [{ address: A, weight: 2.5 }] };

  it('takes precedence over what reports have seen', () => {
    const fleet = new Fleet(1000, endpoints);
    fleet.accept(report('p1', 1, { api: { [A]: { inFlight: 4 }, [B]: {} } }), 0);
    expect(answered(fleet, 0).endpoints).toEqual([
      { address: A, weight: 2.5, inFlight: 4, rps: 0, errorRate: 0 },
    ]);
    fleet.configure({});
    expect(answered(fleet, 0).endpoints.map((e) => [e.address, e.weight])).toEqual([
      [A, 1],
      [B, 1],
    ]);
  });

  it('reaches a proxy that has seen no request yet', () => {
    const fleet = new Fleet(250, endpoints);
    expect(answerOf(fleet, report('p1', 1, {}), 0)).toEqual({
      nextMs: 250,
      proxies: 1,
      clusters: [
        {
          name: 'api',
          ageMs: 0,
          endpoints: [{ address: A, weight: 2.5, inFlight: 0, rps: 0, errorRate: 0 }],
        },
      ],
    });
  });

  it('leaves an unknown cluster without endpoints, which the plugin reads as "keep yours"', () => {
    expect(answered(new Fleet(), 0, 'unheard')).toEqual({ name: 'unheard', ageMs: 0, endpoints: [] });
  });
});

describe('memory', () => {
  it('is bounded in proxies', () => {
    const fleet = new Fleet();
    for (let i = 0; i < MAX_PROXIES; i++) fleet.accept(report(`p${i}`, 1, {}), 0);
    expect(fleet.accept(report('one more', 1, {}), 0)).toBe('full');
    expect(fleet.accept(report('p0', 2, {}), 4000)).toBe('accepted');
    expect(fleet.accept(report('one more', 1, {}), 6000)).toBe('accepted');
    expect(fleet.view(6000).proxies).toBe(2);
  });

  it('is bounded in clusters, where those in use stay', () => {
    const fleet = new Fleet();
    const batch = (seq: number, from: number) =>
      report(
        `p${seq}`,
        1,
        Object.fromEntries(Array.from({ length: 256 }, (_, i) => [`c${from + i}`, { [A]: {} }])),
      );
    for (let seq = 0; seq < 5; seq++) fleet.accept(batch(seq, seq * 256), 0);
    expect(fleet.view(0).clusters).toHaveLength(MAX_CLUSTERS);
    fleet.accept(batch(9, 5000), 10_000);
    expect(fleet.view(10_000).clusters).toHaveLength(MAX_CLUSTERS);
    expect(answered(fleet, 10_000, 'c5255').endpoints).toHaveLength(1);
  });

  it('is bounded in endpoints of a cluster', () => {
    const fleet = new Fleet();
    for (let proxy = 0; proxy < 4; proxy++) {
      const endpoints = Array.from({ length: 100 }, (_, i) => [`10.0.${proxy}.${i}:80`, {}]);
      fleet.accept(
        report(`p${proxy}`, 1, {
          api: Object.fromEntries(endpoints) as Record<string, object & Record<string, unknown>>,
        }),
        0,
      );
    }
    expect(answered(fleet, 0).endpoints).toHaveLength(MAX_ENDPOINTS);
  });

  it('does not grow by names that look like object keys', () => {
    const fleet = new Fleet();
    fleet.accept(
      report('__proto__', 1, JSON.parse('{"__proto__":{"constructor":{"inFlight":1}}}') as never),
      0,
    );
    expect(answered(fleet, 0, 'toString').endpoints).toEqual([]);
    expect(fleet.view(0).proxies).toBe(1);
  });
});
