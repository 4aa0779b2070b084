import { describe, expect, it } from 'vitest';
import { expandEndpoints } from '../../../../trainer/environment/capacity.js';
import { NEIGHBOUR_RANGES, neighbour, neighbours } from '../../../../trainer/telemetry/twin/neighbours.js';
import { mesh } from './scenarios.js';

const TWIN = mesh('api', {
  endpoints: [
    { count: 3, workers: 4 },
    { speed: 0.5, workers: 4 },
  ],
  serviceTime: { kind: 'lognormal', meanMs: 20, sigma: 1 },
  utilisation: 0.6,
  proxies: 8,
});

describe('neighbours of a twin', () => {
  it('are the same for the same seed, and others for another', () => {
    expect(neighbour(TWIN, 7)).toEqual(neighbour(TWIN, 7));
    expect(neighbour(TWIN, 8)).not.toEqual(neighbour(TWIN, 7));
  });

  it('stay within the ranges, and fill them', () => {
    const all = neighbours(TWIN, 1, 300);
    const loads = all.map(({ load }) => load.utilisation);
    expect(Math.min(...loads)).toBeGreaterThan(0.6 * 0.749);
    expect(Math.min(...loads)).toBeLessThan(0.5);
    expect(Math.max(...loads)).toBeLessThan(0.6 * 1.301);
    expect(Math.max(...loads)).toBeGreaterThan(0.7);
    const own = expandEndpoints(TWIN.services[0]!);
    const [low, high] = NEIGHBOUR_RANGES.speed;
    for (const { services, proxies } of all) {
      const speeds = expandEndpoints(services[0]!).map(({ speed }, i) => speed / own[i]!.speed);
      expect(Math.min(...speeds)).toBeGreaterThan(low * 0.999);
      expect(Math.max(...speeds)).toBeLessThan(high * 1.001);
      for (const { workers } of expandEndpoints(services[0]!)) expect([3, 4, 5, 6]).toContain(workers);
      expect(proxies).toBeGreaterThanOrEqual(4);
      expect(proxies).toBeLessThanOrEqual(16);
    }
    const share = (isSo: (scenario: (typeof all)[number]) => boolean) => all.filter(isSo).length / all.length;
    // Three standard errors of 300 draws.
    expect(Math.abs(share(({ load }) => load.pattern.kind === 'burst') - 0.4)).toBeLessThan(0.09);
    expect(Math.abs(share(({ faults }) => faults[0]?.kind === 'slow') - 0.3)).toBeLessThan(0.09);
    expect(Math.abs(share(({ faults }) => faults[0]?.kind === 'remove') - 0.7 * 0.15)).toBeLessThan(0.06);
  });

  it('lose no endpoint of two, and keep an illness that goes on', () => {
    const two = mesh('two', { endpoints: [{ count: 2 }], serviceTime: { meanMs: 10 }, utilisation: 0.5 });
    expect(neighbours(two, 1, 50).flatMap(({ faults }) => faults)).toEqual([]);
    const ill = {
      ...TWIN,
      faults: [{ kind: 'slow', service: 'api', endpoint: 1, fromSeconds: 0, factor: 0.4 } as const],
    };
    for (const { faults } of neighbours(ill, 1, 50)) {
      expect(faults[0]).toEqual(ill.faults[0]);
      for (const fault of faults.slice(1)) expect(fault).not.toMatchObject({ endpoint: 1 });
    }
  });
});
