// Whatever a valid file says, a run ends, loses nothing, and says numbers.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { SimulationResult } from '../../../trainer/environment/simulation-result.js';
import type { Simulator } from '../../../trainer/environment/simulator.js';
import { meshes } from './meshes.js';
import { ofEndpoints, POLICIES, run, simulator, sum, textbook } from './support.js';

const flicker = { kind: 'random-slow', share: 1, meanOnSeconds: 1e-300, meanOffSeconds: 1e-300 };
const still = { kind: 'slow', endpoint: 0, factor: 1e-12 };

/** Latencies are NaN where there are none; everything else is finite. */
function expectNumbers({ windows, endpoints, histogram, errorKinds, ...figures }: SimulationResult): void {
  const { meanMs, p50Ms, p90Ms, p99Ms, p999Ms, ...others } = figures;
  for (const [name, value] of Object.entries(others)) expect(value, name).toSatisfy(Number.isFinite);
  const latencies = [p50Ms, p90Ms, p99Ms, p999Ms];
  const measured = sum([...histogram.counts]);
  for (const value of [meanMs, ...latencies]) expect(Number.isFinite(value)).toBe(measured > 0);
  if (measured > 0) expect(latencies).toEqual(latencies.toSorted((a, b) => a - b));
  for (const spread of [others.cpuSpread, others.memorySpread, others.moves]) {
    expect(spread).toBeGreaterThanOrEqual(0);
    expect(spread).toBeLessThanOrEqual(1);
  }
  expect(sum(Object.values(errorKinds))).toBe(figures.errors);
  expect(measured).toBe(figures.requests - figures.errors + errorKinds.timeout);
  expect(sum(windows.map(({ requests }) => requests))).toBe(figures.requests);
  expect(windows.every(({ fromSeconds, toSeconds }) => toSeconds >= fromSeconds)).toBe(true);
  expect(endpoints.every(({ share, cpu }) => share >= 0 && cpu >= 0 && cpu <= 1 + 1e-9)).toBe(true);
}

function expectNothingLost(mesh: Simulator): void {
  const { requests, warmup, services } = mesh.scenario;
  expect(mesh.figure('arrived')).toBe(requests + warmup);
  expect(mesh.figure('ended')).toBe(requests + warmup);
  expect(mesh.figure('jobsInUse')).toBe(0);
  for (const service of services.keys())
    expect(ofEndpoints(mesh, 'inFlight', service).every((count) => count === 0)).toBe(true);
  // Little's law; latencies of a picosecond drown in the clock's last digits.
  const [area, times] = [mesh.figure('inSystemArea'), mesh.figure('sojournSum')];
  expect(Math.abs(area - times)).toBeLessThanOrEqual(1e-9 * times + 1e-8 * (requests + warmup));
}

describe('a scenario at random', () => {
  it('ends, loses nothing and gives numbers, under any policy', () => {
    const property = fc.property(meshes, fc.constantFrom(...POLICIES), (scenario, policy) => {
      const mesh = simulator(scenario, policy);
      const result = mesh.run();
      expect(result.requests).toBe(scenario.requests);
      expectNumbers(result);
      expectNothingLost(mesh);
    });
    fc.assert(property, { numRuns: 100, seed: 1 });
  });

  it('may go back to any moment, and ends the same', () => {
    const property = fc.property(
      meshes,
      fc.constantFrom(...POLICIES),
      fc.nat(3000),
      (scenario, policy, at) => {
        const mesh = simulator(scenario, policy);
        mesh.advance(at);
        const fork = mesh.fork();
        expect(mesh.run()).toEqual(fork.run());
      },
    );
    fc.assert(property, { numRuns: 25, seed: 2 });
  });
});

describe('what a file may say and no mesh has', () => {
  const small = { requests: 200, warmup: 0 };
  it.each<[string, object, object]>([
    ['a fleet view more often than the clock can tell', {}, { signals: { fleetViewMs: 1e-12 } }],
    ['patience for no time', {}, { timeoutMs: 1e-300 }],
    ['a way that takes no time that counts', {}, { networkMs: 1e-300 }],
    ['a trace of one request in a thousand steps', {}, trace([...new Array<number>(999).fill(0), 1], 1)],
    ['a trace in steps that nobody can tell apart', {}, trace([0, 1], 1e-300)],
    [
      'a trace of more steps than requests',
      {},
      trace(
        Array.from({ length: 20_000 }, (_, i) => i),
        0.01,
      ),
    ],
    ['a day of no time', {}, { load: { pattern: { kind: 'diurnal', periodSeconds: 1e-300 } } }],
    ['slowdowns that begin and end at once', { endpoints: [{ count: 2 }] }, { faults: [flicker] }],
    ['a server that stands still', {}, { faults: [still], timeoutMs: 1000 }],
  ])('ends: %s', (_, service, rest) => {
    const mesh = simulator(textbook(service, { ...small, ...rest }), 'ewma-full');
    expect(mesh.run().requests).toBe(200);
    expectNothingLost(mesh);
  });

  it('has limits that are no limits, and as many workers', () => {
    const service = { endpoints: [{ workers: 1 }], serviceTime: { kind: 'exponential', meanMs: 10 } };
    const load = { load: { utilisation: 2 } };
    const of = (queueLimit: number) => run(textbook({ ...service, queueLimit }, { ...small, ...load }));
    expect(of(Number.MAX_SAFE_INTEGER)).toEqual(of(1000));
    const slots = (workers: number) =>
      run(
        textbook(
          { ...service, endpoints: [{ workers }] },
          { ...small, load: { utilisation: 100 / workers } },
        ),
      );
    expect(slots(10 ** 12).errors).toBe(0);
    expect(slots(10 ** 12).meanMs / slots(10 ** 6).meanMs).toBeCloseTo(1, 6);
  });
});

function trace(rates: number[], stepSeconds: number): object {
  return { load: { pattern: { kind: 'trace', rates, stepSeconds } } };
}
