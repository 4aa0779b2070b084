import { describe, expect, it } from 'vitest';
import { Observations } from '../../../../trainer/telemetry/twin/observations.js';
import { report } from '../reports.js';

const A = '10.0.0.1:80';

describe('observations', () => {
  it('count reports by window, over all proxies', () => {
    const observations = new Observations();
    for (const proxy of ['a', 'b']) {
      const server = { ageMs: proxy === 'a' ? 40 : 7, inFlight: proxy === 'a' ? 9 : 4, cpu: 0.5 };
      const endpoint = { requests: 3, latency: [[32, 3]], inFlight: 2, errors: { http5xx: 1 }, server };
      observations.observe(
        report(proxy, 1, { api: { [A]: endpoint } }, { workers: [{ id: '1' }, { id: '2' }] }),
        1000,
      );
    }
    const seen = observations.seen('api', 1000)!;
    expect(seen).toMatchObject({
      from: 0,
      to: 1,
      arrivals: [6],
      proxies: 2,
      workersPerProxy: 2,
      hasServerLoad: true,
    });
    expect(seen.endpoints[0]!.windows[0]).toMatchObject({ answers: 6, http5xx: 2, inFlight: 4, reports: 2 });
    // The freshest word counts.
    expect(seen.endpoints[0]!.windows[0]).toMatchObject({ wordInFlight: 4, wordAgeMs: 7 });
  });

  it('leave out the window that is not over', () => {
    const observations = new Observations();
    observations.observe(report('a', 1, { api: { [A]: { requests: 3 } } }), 900);
    observations.observe(report('a', 2, { api: { [A]: { requests: 5 } } }), 1900);
    expect(observations.seen('api', 1900)!.arrivals).toEqual([3]);
    expect(observations.seen('api', 2000)!.arrivals).toEqual([3, 5]);
  });

  it('spread a long interval over its windows', () => {
    const observations = new Observations();
    observations.observe(report('a', 1, { api: { [A]: { requests: 1 } } }), 1000);
    observations.observe(report('a', 2, { api: { [A]: { requests: 20 } } }, { intervalMs: 4000 }), 5000);
    expect(observations.seen('api', 5000)!.arrivals).toEqual([1, 5, 5, 5, 5]);
  });

  it('remember two minutes, and endpoints as long', () => {
    const observations = new Observations();
    for (let second = 1; second <= 300; second++) {
      const address = second <= 100 ? A : '10.0.0.2:80';
      observations.observe(
        report('a', second, { api: { [address]: { requests: 1, latency: [[9, 1]] } } }),
        second * 1000,
      );
    }
    const seen = observations.seen('api', 300_000)!;
    expect(seen.arrivals).toHaveLength(119);
    expect(seen.endpoints.map(({ address }) => address)).toEqual(['10.0.0.2:80']);
    const counts = seen.endpoints[0]!.latency.reduce((sum, count) => sum + count, 0);
    expect(counts).toBeGreaterThanOrEqual(110);
    expect(counts).toBeLessThanOrEqual(119);
  });

  it('have no room for more endpoints than they say', () => {
    const observations = new Observations();
    for (let c = 0; c < 20; c++) {
      const endpoints = Array.from({ length: 256 }, (_, i) => [`10.${c}.0.${i}:80`, {}] as const);
      observations.observe(report('a', c + 1, { [`c${c}`]: Object.fromEntries(endpoints) }), 1000);
    }
    const held = observations.names().map((name) => observations.seen(name, 1000)!.endpoints.length);
    expect(held.reduce((sum, count) => sum + count, 0)).toBe(4096);
  });
});
