// One proxy that lies among honest ones, and honest ones that differ.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { DOMINANCE, LATENCY_RATIO, Largest, SLACK } from '../../../trainer/telemetry/influence.js';
import { MAX_COUNT, MAX_INTERVAL_MS } from '../../../trainer/telemetry/limits.js';
import { BINS, middleOf } from '../../../trainer/telemetry/sketch.js';
import { report } from './reports.js';

const A = '10.0.0.1:80';
type Endpoint = Record<string, unknown>;
const at = (proxy: string, seq: number, endpoint: Endpoint, more: object = {}) =>
  report(proxy, seq, { api: { [A]: endpoint } }, { ...more });

function figures(fleet: Fleet, now: number) {
  const [cluster] = fleet.view(now).clusters;
  const asked = JSON.parse(fleet.answer(report('asker', 1, { api: {} }), now));
  const [told] = asked.clusters[0].endpoints;
  return { cluster: cluster!, told, seen: cluster!.endpoints[0]! };
}

/** When the liar comes. */
const START = 20_000;

interface Honest {
  requests: number;
  inFlight: number;
  http5xx: number;
  bin: number;
  cpu: number;
}

const honestProxy = fc.record({
  requests: fc.integer({ min: 100, max: 290 }),
  inFlight: fc.integer({ min: 0, max: 40 }),
  http5xx: fc.integer({ min: 0, max: 20 }),
  bin: fc.integer({ min: 50, max: 70 }),
  cpu: fc.float({ min: Math.fround(0.3), max: Math.fround(0.5), noNaN: true }),
});
const reported = ({ requests, inFlight, http5xx, bin, cpu }: Honest, total: number): Endpoint => ({
  requests,
  inFlight,
  errors: { http5xx },
  latency: [[bin, requests]],
  server: { inFlight: total, cpu, memory: cpu, ageMs: 5 },
});

const amount = fc.oneof(fc.constantFrom(0, 1e9), fc.double({ min: 0, max: 1e9, noNaN: true }));
const count = fc.oneof(fc.constantFrom(0, 1, MAX_COUNT), fc.nat(MAX_COUNT));
const lie = fc.record({
  intervalMs: fc.oneof(fc.constantFrom(1, 1000, MAX_INTERVAL_MS), fc.integer({ min: 1, max: 10_000 })),
  waitMs: fc.nat(20),
  endpoint: fc.record({
    requests: count,
    inFlight: count,
    errors: fc.record({ connect: count, timeout: count, http5xx: count }),
    latency: fc.array(fc.tuple(fc.nat(BINS - 1), count), { maxLength: 3 }),
    weight: fc.constantFrom(0, 256),
    server: fc.record({ inFlight: amount, rps: amount, cpu: amount, memory: amount, ageMs: amount }),
  }),
});

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

describe('a proxy that lies', () => {
  it('moves no figure past its bound, whatever and however often it reports', () => {
    const fleets = fc.array(honestProxy, { minLength: 3, maxLength: 8 });
    const lies = fc.array(lie, { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fleets, lies, (honest, lies) => {
        const fleet = new Fleet();
        const total = sum(honest.map((h) => h.inFlight));
        for (let second = -10; second <= 0; second++) {
          const when = START + second * 1000;
          honest.forEach((h, i) => fleet.accept(at(`p${i}`, when, reported(h, total)), when));
        }
        let now = START;
        lies.forEach(({ intervalMs, waitMs, endpoint }, seq) => {
          now += waitMs;
          fleet.accept(at('liar', seq, endpoint, { intervalMs }), now);
        });
        const { told, seen, cluster } = figures(fleet, now);

        const largest = Math.max(...honest.map((h) => h.inFlight));
        expect(told.inFlight).toBeLessThanOrEqual(total + DOMINANCE * largest + SLACK.inFlight);
        const second = honest.map((h) => h.inFlight).sort((a, b) => b - a)[1]!;
        expect(told.inFlight).toBeGreaterThanOrEqual(
          total - largest + Math.min(largest, DOMINANCE * second + SLACK.inFlight),
        );

        const rps = sum(honest.map((h) => h.requests));
        const share = DOMINANCE * Math.max(...honest.map((h) => h.requests)) + SLACK.rps;
        expect(told.rps).toBeLessThanOrEqual(rps + share);
        expect(told.rps).toBeGreaterThanOrEqual(rps);

        const errors = sum(honest.map((h) => h.http5xx));
        expect(told.errorRate).toBeLessThanOrEqual((errors + share) / (rps + share) + 1e-3);
        expect(told.errorRate).toBeGreaterThanOrEqual(errors / (rps + share) - 1e-3);

        const means = honest.map((h) => middleOf(h.bin));
        // Eleven seconds of honest answers, fading; of the first, taken before others were known, 1% is left.
        const weight = sum(
          Array.from({ length: 11 }, (_, second) => Math.exp((START - now) / 2000 - second / 2)),
        );
        const answered = rps * weight;
        const latency = sum(honest.map((h) => h.requests * middleOf(h.bin))) * weight;
        // Of time that passed since its first report.
        const answers = (share * (now - START)) / 1000;
        const highest = LATENCY_RATIO * Math.max(...means);
        const most = (latency + answers * highest) / (answered + answers);
        expect(told.latencyMs).toBeLessThanOrEqual(1.02 * most);
        expect(told.latencyMs).toBeGreaterThanOrEqual((0.98 * latency) / (answered + answers));

        const cpus = honest.map((h) => h.cpu);
        for (const signal of [told.cpu, told.memory]) {
          expect(signal).toBeGreaterThanOrEqual(Math.min(...cpus));
          expect(signal).toBeLessThanOrEqual(Math.max(...cpus));
        }
        // The view for people has the same figures, and a median that one proxy of four cannot take away.
        expect([seen.inFlight, seen.rps, seen.errorRate]).toEqual([told.inFlight, told.rps, told.errorRate]);
        expect(cluster.rps).toBe(told.rps);
        expect(cluster.ageMs).toBeLessThanOrEqual(now - START);
      }),
      { numRuns: 200, seed: 7 },
    );
  });

  it('adds three busiest proxies to a fleet of twenty at most, and does not move its median latency', () => {
    const fleet = new Fleet();
    const honest = { requests: 100, inFlight: 4, latency: [[56, 100]] };
    for (let i = 0; i < 20; i++) fleet.accept(at(`p${i}`, 1, honest), 1000);
    const huge = { requests: MAX_COUNT, inFlight: MAX_COUNT, latency: [[159, MAX_COUNT]] };
    fleet.accept(at('liar', 1, huge), 1000);
    const { seen } = figures(fleet, 1000);
    expect(seen.inFlight).toBe(20 * 4 + 3 * 4 + 8);
    expect(seen.rps).toBe(20 * 100 + 3 * 100 + 16);
    expect(seen.p50Ms).toBe(middleOf(56));
    const few = { requests: 1, latency: [[159, MAX_COUNT]] };
    fleet.accept(at('liar', 2, few), 1001);
    expect(figures(fleet, 1001).seen.p50Ms).toBe(middleOf(56));
  });

  it('cannot make the view of a cluster old by promising a report for tomorrow', () => {
    const fleet = new Fleet();
    fleet.accept(at('liar', 1, {}, { intervalMs: MAX_INTERVAL_MS }), 0);
    for (let now = 1000; now <= 100_000; now += 1000) {
      for (const proxy of ['p1', 'p2', 'p3']) fleet.accept(at(proxy, now, {}), now);
    }
    expect(figures(fleet, 100_000).cluster.ageMs).toBe(0);
  });

  it('leaves nothing behind when it is gone', () => {
    const fleet = new Fleet();
    const honest = { requests: 100, inFlight: 4 };
    const huge = { requests: MAX_COUNT, inFlight: MAX_COUNT };
    fleet.accept(at('liar', 1, huge, { intervalMs: 1 }), 0);
    for (let i = 0; i < 3; i++) fleet.accept(at(`p${i}`, 1, honest), 1000);
    expect(figures(fleet, 1000).told).toMatchObject({ inFlight: 12, rps: 300 });
  });
});

describe('honest proxies that differ', () => {
  const busy = { requests: 5000, inFlight: 100 };
  const calm = { requests: 100, inFlight: 2 };

  it('count in full where two are fifty times busier than the rest', () => {
    const fleet = new Fleet();
    for (let i = 0; i < 10; i++) fleet.accept(at(`p${i}`, 1, i < 2 ? busy : calm), 1000);
    expect(figures(fleet, 1000).told).toMatchObject({ inFlight: 216, rps: 10_800 });
  });

  it('count in full where only one is, and the server bears it out', () => {
    const fleet = new Fleet();
    const server = { inFlight: 117, rps: 5899, ageMs: 3 };
    for (let i = 0; i < 10; i++) fleet.accept(at(`p${i}`, 1, { ...(i < 1 ? busy : calm), server }), 1000);
    const { told } = figures(fleet, 1000);
    expect(told).toMatchObject({ inFlight: 118, rps: 5900 });
  });

  it('count for three times the next where only one is and no server speaks', () => {
    const fleet = new Fleet();
    for (let i = 0; i < 10; i++) fleet.accept(at(`p${i}`, 1, i < 1 ? busy : calm), 1000);
    expect(figures(fleet, 1000).told).toMatchObject({ inFlight: 18 + 6 + 8, rps: 900 + 300 + 16 });
  });

  it('count in full, whatever they say, while they are two', () => {
    const fleet = new Fleet();
    fleet.accept(at('p1', 1, { ...busy, latency: [[159, 7]] }), 1000);
    fleet.accept(at('p2', 1, { ...calm, latency: [[0, 3]] }), 1000);
    const { told } = figures(fleet, 1000);
    expect(told).toMatchObject({ inFlight: 102, rps: 5100 });
    expect(told.latencyMs).toBeCloseTo((7 * middleOf(159) + 3 * middleOf(0)) / 10, 6);
  });

  it('have their latencies in full, though three reports come late and together', () => {
    const [punctual, late] = [new Fleet(), new Fleet()];
    const one = (proxy: string, seq: number, bin: number) =>
      at(proxy, seq, { requests: 50, latency: [[bin, 50]] });
    for (const fleet of [punctual, late]) {
      for (const proxy of ['p1', 'p2', 'p3', 'p4']) {
        fleet.accept(at(proxy, 0, {}), 0);
        fleet.accept(one(proxy, 1, 60), 1000);
      }
    }
    for (let seq = 2; seq <= 4; seq++) {
      punctual.accept(one('p1', seq, 70), 4000);
      late.accept(one('p1', seq, 70), 4000);
    }
    expect(figures(late, 4000).told.latencyMs).toBe(figures(punctual, 4000).told.latencyMs);
    const old = 200 * Math.exp(-1.5);
    const expected = (old * middleOf(60) + 150 * middleOf(70)) / (old + 150);
    expect(figures(late, 4000).told.latencyMs).toBeCloseTo(expected, 6);
  });
});

it('the two largest of a set are known after any additions and deletions', () => {
  const steps = fc.array(fc.record({ isGone: fc.boolean(), value: fc.nat(20), read: fc.boolean() }));
  fc.assert(
    fc.property(steps, (steps) => {
      const all = new Set<{ value: number }>();
      const largest = new Largest(all, ({ value }) => value);
      for (const { isGone, value, read } of steps) {
        const [gone] = [...all].filter((item) => item.value === value);
        if (isGone && gone !== undefined) {
          all.delete(gone);
          largest.deleted(gone);
        } else {
          const item = { value };
          all.add(item);
          largest.added(item);
        }
        if (!read) continue;
        const sorted = [...all].map((item) => item.value).sort((a, b) => b - a);
        expect([largest.first?.value, largest.second?.value]).toEqual([sorted[0], sorted[1]]);
      }
    }),
    { numRuns: 500 },
  );
});

describe('the one proxy that calls a cluster', () => {
  it('is believed, however many others know the cluster and do not call it', () => {
    const fleet = new Fleet();
    const idle = { requests: 0, weight: 0 };
    for (let proxy = 0; proxy < 9; proxy++) fleet.accept(at(`idle-${proxy}`, 1, idle), START);
    fleet.accept(at('caller', 1, { requests: 84, inFlight: 12, weight: 0.7 }), START);
    expect(figures(fleet, START).seen).toMatchObject({ rps: 84, inFlight: 12 });
    expect(figures(fleet, START).seen.weight).toBeCloseTo(0.7, 5);
  });
});
