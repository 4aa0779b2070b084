// Runs against a second account of the same jobs, request by request: nothing is left to chance.
import { describe, expect, it } from 'vitest';
import { arrivalsOf, serve } from './fifo.js';
import { expectSame, finished, run, sum, textbook } from './support.js';

const KINDS = [
  { serviceTime: { kind: 'exponential', meanMs: 10 } },
  { serviceTime: { kind: 'lognormal', meanMs: 10, sigma: 1.5 } },
  { serviceTime: { kind: 'pareto', meanMs: 10, alpha: 1.5 } },
  { serviceTime: { kind: 'deterministic', meanMs: 10 } },
  { serviceTime: { kind: 'empirical', samplesMs: [1, 2, 50] } },
  {
    serviceTime: { kind: 'exponential', meanMs: 10 },
    classes: [
      { path: '/a', share: 0.9, factor: 0.1 },
      { path: '/b', share: 0.1, factor: 5 },
    ],
  },
];
const FLEETS = [
  { workers: 1, speed: 1 },
  { workers: 3, speed: 0.3 },
  { workers: 16, speed: 4 },
];
const LOADS = [
  { utilisation: 0.8 },
  { utilisation: 1.3, pattern: { kind: 'burst', factor: 2, share: 0.2, meanSeconds: 2 } },
];
const cases = KINDS.flatMap((kind) =>
  FLEETS.flatMap((fleet) => LOADS.map((load) => [{ ...kind, endpoints: [fleet] }, load] as const)),
);

describe('one endpoint', () => {
  it.each(cases)('serves in turn: %j, %j', (service, load) => {
    const scenario = textbook(service, { load, requests: 5_000, warmup: 500 });
    const { workers, speed } = service.endpoints[0];
    const { times, busyMs } = serve(arrivalsOf(scenario), workers, speed);
    const mesh = finished(scenario);
    expectSame(mesh.figure('sojournSum'), sum(times));
    expectSame(mesh.figure('inSystemArea'), sum(times));
    expectSame(mesh.serverFigure(0, 0, 'jobsArea'), sum(times));
    expectSame(mesh.serverFigure(0, 0, 'busyArea'), busyMs);
    // What counts is what came after the warm-up.
    const counted = times.slice(scenario.warmup).toSorted((a, b) => a - b);
    const result = run(scenario);
    expectSame(result.meanMs, sum(counted) / counted.length);
    for (const [q, value] of [
      [0.5, result.p50Ms],
      [0.9, result.p90Ms],
      [0.99, result.p99Ms],
      [0.999, result.p999Ms],
    ] as const) {
      // A bin is half a percent wide; 10^-4 of a bin's bound are the float logarithm's.
      const exact = counted[Math.ceil(q * counted.length) - 1]!;
      expect(Math.abs(value / exact - 1)).toBeLessThan(0.0051);
    }
  });

  it('is as much farther away as the network takes, there and back', () => {
    const of = (networkMs: number) =>
      finished(textbook({ endpoints: [{ workers: 2 }] }, { networkMs, requests: 5_000 }));
    const [near, far] = [of(0), of(7.25)];
    expectSame(far.figure('sojournSum') - near.figure('sojournSum'), 7_000 * 2 * 7.25);
    expectSame(far.serverFigure(0, 0, 'jobsArea'), near.serverFigure(0, 0, 'jobsArea'));
  });

  it.each([1, 4])(
    'does the work of clients that gave up unless it has not begun, with %d workers',
    (workers) => {
      const service = { endpoints: [{ workers }], serviceTime: { kind: 'exponential', meanMs: 10 } };
      const load = { utilisation: 1.2 };
      const scenario = textbook(service, { load, timeoutMs: 60, requests: 5_000, warmup: 0 });
      const { times, busyMs } = serve(arrivalsOf(scenario), workers, 1, 60);
      const late = times.filter(Number.isNaN).length;
      expect(late).toBeGreaterThan(500);
      const mesh = finished(scenario);
      expect(mesh.figure('timeout')).toBe(late);
      // They count with the time waited.
      expectSame(mesh.figure('sojournSum'), sum(times.map((ms) => (Number.isNaN(ms) ? 60 : ms))));
      expectSame(mesh.serverFigure(0, 0, 'busyArea'), busyMs);
    },
  );
});

describe('several endpoints', () => {
  it('serve every n-th request in turn', () => {
    const scenario = textbook({ endpoints: [{ workers: 2, count: 3 }] }, { load: { utilisation: 0.9 } });
    const arrivals = arrivalsOf(scenario);
    const all = [0, 1, 2].flatMap(
      (i) =>
        serve(
          arrivals.filter((_, n) => n % 3 === i),
          2,
        ).times,
    );
    expectSame(finished(scenario, 'round-robin').figure('sojournSum'), sum(all));
  });

  it.each([
    { kind: 'lognormal', meanMs: 10, sigma: 1.5 },
    { kind: 'exponential', meanMs: 10 },
    { kind: 'deterministic', meanMs: 10 },
  ])('are one queue of as many workers where the least work left decides: %j', (serviceTime) => {
    const load = { load: { utilisation: 0.9 } };
    const apart = textbook({ serviceTime, endpoints: [{ workers: 1, count: 5 }] }, load);
    const together = textbook({ serviceTime, endpoints: [{ workers: 5 }] }, load);
    const [ofApart, ofTogether] = [finished(apart, 'clairvoyant'), finished(together)];
    // Scores are floats: two that are nearly equal may change places.
    expectSame(ofApart.figure('sojournSum'), ofTogether.figure('sojournSum'), 1e-5);
  });
});
