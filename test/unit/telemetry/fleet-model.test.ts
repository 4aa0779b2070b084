// The fleet keeps running sums; here they are held against sums made anew from the last reports.
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import type { Report } from '../../../trainer/telemetry/report.js';
import { BINS, LatencySketch } from '../../../trainer/telemetry/sketch.js';
import { report } from './reports.js';

const NAMES = ['a', 'b'];
const endpoint = fc.record({
  requests: fc.nat(1000),
  inFlight: fc.nat(4000).map((quarters) => quarters / 4),
  latency: fc.array(fc.tuple(fc.nat(BINS - 1), fc.nat(50)), { maxLength: 4 }),
  errors: fc.record({ connect: fc.nat(5), timeout: fc.nat(5), http5xx: fc.nat(5) }),
});
const clusters = fc.dictionary(
  fc.constantFrom(...NAMES),
  fc.dictionary(fc.constantFrom('x', 'y', 'z'), endpoint, { maxKeys: 3 }),
  { maxKeys: 2 },
);
const step = fc.record({
  proxy: fc.constantFrom('p1', 'p2'),
  seq: fc.nat(30),
  waitMs: fc.constantFrom(0, 20, 300, 900),
  intervalMs: fc.constantFrom(50, 125, 1000),
  clusters,
});

interface Kept {
  report: Report;
  at: number;
}

function expected(kept: readonly Kept[], cluster: string, address: string) {
  const latency = new LatencySketch();
  const sums = { inFlight: 0, rps: 0, errorRps: 0 };
  for (const { report } of kept) {
    const found = report.clusters
      .find((c) => c.name === cluster)
      ?.endpoints.find((e) => e.address === address);
    if (found === undefined) continue;
    latency.add(found.latency);
    sums.inFlight += found.inFlight;
    sums.rps += (found.requests * 1000) / report.intervalMs;
    const { connect, timeout, http5xx } = found.errors!;
    sums.errorRps += (Math.min(found.requests, connect + timeout + http5xx) * 1000) / report.intervalMs;
  }
  const errorRate = sums.rps > 0 ? sums.errorRps / sums.rps : 0;
  return { ...sums, errorRate, p50Ms: latency.quantile(0.5), p99Ms: latency.quantile(0.99) };
}

it('the running sums equal sums made anew, after any sequence of reports and silences', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const fleet = new Fleet();
      let kept: Kept[] = [];
      let now = 0;
      for (const { proxy, seq, waitMs, intervalMs, clusters } of steps) {
        now += waitMs;
        kept = kept.filter((k) => now - k.at <= 5 * k.report.intervalMs);
        const next = report(proxy, seq, clusters, { intervalMs });
        const last = kept.find((k) => k.report.proxy === proxy);
        const accepted = last === undefined || seq > last.report.seq;
        if (accepted) kept = [...kept.filter((k) => k !== last), { report: next, at: now }];
        expect(fleet.accept(next, now)).toBe(accepted ? 'accepted' : 'stale');
      }
      const view = fleet.view(now);
      expect(view.proxies).toBe(kept.length);
      for (const cluster of view.clusters) {
        const holders = kept.filter((k) => k.report.clusters.some((c) => c.name === cluster.name));
        expect(cluster.proxies).toBe(holders.length);
        expect(cluster.ageMs).toBe(holders.length === 0 ? 0 : now - Math.min(...holders.map((k) => k.at)));
        const addresses = holders.flatMap(
          (k) => k.report.clusters.find((c) => c.name === cluster.name)!.endpoints,
        );
        expect(cluster.endpoints.map((e) => e.address).sort()).toEqual(
          [...new Set(addresses.map((e) => e.address))].sort(),
        );
        for (const seen of cluster.endpoints) {
          const { inFlight, rps, errorRate, p50Ms, p99Ms } = expected(kept, cluster.name, seen.address);
          expect({ inFlight: seen.inFlight, rps: seen.rps, errorRate: seen.errorRate }).toEqual({
            inFlight,
            rps,
            errorRate,
          });
          expect([seen.p50Ms, seen.p99Ms]).toEqual([p50Ms, p99Ms]);
        }
      }
    }),
    { numRuns: 150 },
  );
});
