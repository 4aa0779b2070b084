// Faults do what the scenario says, to the request. Nothing waits: a job takes its time / speed.
import { describe, expect, it } from 'vitest';
import type { Simulator } from '../../../trainer/environment/simulator.js';
import { Workload } from '../../../trainer/environment/workload.js';
import { chiSquare, chiSquareLimit } from '../core/support.js';
import { digest } from './digest.js';
import { arrivalsOf } from './fifo.js';
import { compiled, finished, ofEndpoints, run, simulator, sum, textbook, Z } from './support.js';

const MS = 10;
const RATE = 200;
/** `count` endpoints of slots without end. */
const mesh = (count: number, faults: object[], rest: object = {}, service: object = {}) =>
  textbook(
    {
      serviceTime: { kind: 'deterministic', meanMs: MS },
      endpoints: [{ workers: 1000, count }],
      ...service,
    },
    { requests: 1200, warmup: 0, load: { utilisation: (RATE * MS) / 1e6 / count }, faults, ...rest },
  );
const period = { service: 'api', endpoint: 0, fromSeconds: 1, toSeconds: 3 };

/** Requests so far with about this latency: bins are half a percent wide. */
function countNear(of: Simulator, ms: number): number {
  const { leastMs, growth, counts } = of.histogram();
  const bin = Math.round(Math.log(ms / leastMs) / Math.log(growth));
  return sum([...counts.slice(bin - 3, bin + 4)]);
}
const arrivedWithin = (scenario: ReturnType<typeof mesh>, fromMs: number, toMs: number) =>
  arrivalsOf(scenario).filter(({ atMs }) => atMs >= fromMs && atMs < toMs);

describe('a slowdown', () => {
  it('takes the jobs that start while it holds as much longer, and no other', () => {
    const scenario = mesh(1, [{ kind: 'slow', ...period, factor: 0.5 }]);
    const slow = arrivedWithin(scenario, 1000, 3000).length;
    expect(slow).toBeGreaterThan(300);
    const after = finished(scenario);
    expect(countNear(after, 2 * MS)).toBe(slow);
    expect(countNear(after, MS)).toBe(scenario.requests - slow);
  });

  it('multiplies with another, and stays where it has no end', () => {
    const { service, endpoint } = period;
    const faults = [
      { kind: 'slow', ...period, factor: 0.5 },
      { kind: 'slow', service, endpoint, fromSeconds: 2, factor: 0.4 },
    ];
    const scenario = mesh(1, faults);
    const after = finished(scenario);
    expect(countNear(after, MS / 0.2)).toBe(arrivedWithin(scenario, 2000, 3000).length);
    expect(countNear(after, MS / 0.4)).toBe(arrivedWithin(scenario, 3000, Infinity).length);
  });

  it('at random is there for its share of the time, at its share of the endpoints', () => {
    const fault = { kind: 'random-slow', service: 'api', factor: 0.5, meanOnSeconds: 1, meanOffSeconds: 3 };
    const scenario = mesh(4, [{ ...fault, share: 0.5 }], { requests: 200_000 });
    const after = finished(scenario);
    const [requests, busy] = [ofEndpoints(after, 'requests'), ofEndpoints(after, 'busyArea')];
    const slowShares = busy.map((area, i) => area / requests[i]! / MS - 1);
    const hit = slowShares.filter((share) => share > 1e-6);
    expect(hit).toHaveLength(2);
    // Share of time of a process of two states: variance 2 p (1 - p) tau / T; requests sample it.
    const seconds = after.figure('now') / 1000;
    const deviation = Math.sqrt((2 * 0.25 * 0.75 * 0.75) / seconds + (0.25 * 0.75) / Math.min(...requests));
    for (const share of hit) expect(Math.abs(share - 0.25)).toBeLessThan(Z * deviation);
    for (const [share, hits] of [
      [0, 0],
      [0.01, 1],
      [1, 4],
    ] as const) {
      const of = finished(mesh(4, [{ ...fault, share, meanOnSeconds: 100, meanOffSeconds: 0.001 }]));
      const slow = ofEndpoints(of, 'busyArea').filter(
        (area, i) => area / of.serverFigure(0, i, 'requests') > 11,
      );
      expect(slow).toHaveLength(hits);
    }
  });
});

describe('errors', () => {
  it('are of those jobs that chance picks, at the higher of two rates, and at once', () => {
    const scenario = mesh(1, [{ kind: 'errors', ...period, rate: 0.4 }], {}, { errorRate: 0.1 });
    const workload = new Workload(compiled, scenario);
    const failing = arrivalsOf(scenario).filter(({ key, atMs }) =>
      workload.fails(key, atMs >= 1000 && atMs < 3000 ? 0.4 : 0.1),
    );
    const after = finished(scenario);
    expect(after.figure('failed')).toBe(failing.length);
    // They take no slot and are not tried again.
    expect(sum(ofEndpoints(after, 'requests'))).toBe(scenario.requests);
    const served = scenario.requests - failing.length;
    expect(after.serverFigure(0, 0, 'busyArea') / served).toBeCloseTo(MS, 6);
    expect(countNear(after, MS)).toBe(served);
  });
});

describe('an endpoint that joins or leaves', () => {
  const { service } = period;

  it('gets nothing before it is added, then a growing share', () => {
    const scenario = mesh(2, [{ kind: 'add', service, endpoint: 1, atSeconds: 2 }], { requests: 40_000 });
    const counts = Array.from({ length: 400 }, (_, seed) => {
      const of = simulator(scenario, 'random', { seed });
      of.advance(2000);
      expect(of.serverFigure(0, 1, 'requests')).toBe(0);
      of.advance(4000);
      return of.serverFigure(0, 1, 'requests');
    });
    // Slow start: in a decision with the probability age / 5 s, at least a tenth; then one of two.
    const expected = 400 * RATE * 0.5 * (0.1 * 0.5 + (2 ** 2 - 0.5 ** 2) / 10);
    expect(Math.abs(sum(counts) - expected)).toBeLessThan(Z * Math.sqrt(expected));
  });

  it('is known to every worker of every proxy once its slow start is over', () => {
    const crowd = { proxies: 3, workersPerProxy: 3, requests: 4_000 };
    const of = simulator(mesh(2, [{ kind: 'add', service, endpoint: 1, atSeconds: 1 }], crowd));
    of.advance(6_500);
    const before = ofEndpoints(of, 'requests');
    of.advance(Infinity);
    const after = ofEndpoints(of, 'requests').map((count, i) => count - before[i]!);
    expect(chiSquare(after)).toBeLessThan(chiSquareLimit(1));
  });

  it('gets nothing after it is removed, and finishes what it has', () => {
    const crowd = { proxies: 3, workersPerProxy: 3 };
    const scenario = mesh(2, [{ kind: 'remove', service, endpoint: 1, atSeconds: 2 }], crowd);
    const of = simulator(scenario);
    of.advance(1999.999);
    const before = of.serverFigure(0, 1, 'requests');
    expect(of.serverFigure(0, 1, 'inFlight')).toBeGreaterThan(0);
    of.advance(Infinity);
    expect(of.serverFigure(0, 1, 'requests')).toBe(before);
    expect(of.figure('answered')).toBe(scenario.requests);
  });

  it('leaves nobody when it is the last: requests fail at once', () => {
    const scenario = mesh(
      2,
      [0, 1].map((endpoint) => ({ kind: 'remove', service, endpoint, atSeconds: 2 })),
    );
    const after = finished(scenario, 'ewma-full');
    expect(after.figure('unreachable')).toBe(arrivedWithin(scenario, 2000, Infinity).length);
  });
});

describe('a fault that never comes', () => {
  it('changes nothing', () => {
    const late = { service: 'api', endpoint: 1, fromSeconds: 1e6 };
    const scenario = mesh(3, [
      { kind: 'slow', ...late },
      { kind: 'down', ...late },
      { kind: 'errors', ...late },
      { kind: 'remove', service: 'api', endpoint: 1, atSeconds: 1e6 },
      { kind: 'add', service: 'api', endpoint: 1, atSeconds: 0 },
      { kind: 'random-slow', service: 'api', share: 0 },
    ]);
    expect(digest(finished(scenario, 'least-request'))).toBe(digest(finished(mesh(3, []), 'least-request')));
    expect(run(scenario).errors).toBe(0);
  });
});
