import { describe, expect, it } from 'vitest';
import {
  lowestCapacityShare,
  utilisations,
  visitsPerRequest,
} from '../../../trainer/environment/capacity.js';
import { validateScenario, type Fault } from '../../../trainer/environment/scenario.js';

const calls = (...list: [service: string, probability: number][]) =>
  list.map(([service, probability]) => ({ service, probability }));

describe('visitsPerRequest', () => {
  it('adds up the calls of every caller, with their probabilities', () => {
    const services = [
      { name: 'store', calls: [] },
      { name: 'search', calls: calls(['store', 1], ['store', 0.5]) },
      { name: 'page', calls: calls(['search', 0.8], ['offers', 0.5]) },
      { name: 'offers', calls: calls(['store', 0.4]) },
      { name: 'alone', calls: calls(['store', 1]) },
    ];
    const visits = visitsPerRequest(services, 'page');
    expect(visits.get('page')).toBe(1);
    expect(visits.get('search')).toBeCloseTo(0.8);
    expect(visits.get('offers')).toBeCloseTo(0.5);
    expect(visits.get('store')).toBeCloseTo(0.8 * 1.5 + 0.5 * 0.4);
    expect(visits.get('alone')).toBe(0);
  });
});

describe('utilisations', () => {
  it('are of the capacity of each service', () => {
    const scenario = validateScenario(
      {
        services: [
          {
            name: 'page',
            endpoints: [{ speed: 0.5, workers: 4, count: 2 }],
            serviceTime: { meanMs: 10 },
            calls: [{ service: 'store', probability: 0.5 }],
          },
          { name: 'store', endpoints: [{ workers: 1 }], serviceTime: { meanMs: 4 } },
        ],
        load: { utilisation: 0.5 },
      },
      's.json',
    );
    // 4 slots / 10 ms x 0.5: 200 a second; 100 a second x 4 ms on one slot.
    expect(utilisations(scenario).get('page')).toBeCloseTo(0.5);
    expect(utilisations(scenario).get('store')).toBeCloseTo(0.4);
  });
});

describe('lowestCapacityShare', () => {
  /** 2 + 1 + 1 slots. */
  const endpoints = [
    { speed: 0.5, workers: 4 },
    { speed: 1, workers: 1 },
    { speed: 1, workers: 1 },
  ];
  const period = (endpoint: number, fromSeconds: number, toSeconds: number) => ({
    service: 'api',
    endpoint,
    fromSeconds,
    toSeconds,
  });
  const share = (...faults: Fault[]) => lowestCapacityShare(endpoints, faults);

  it('is 1 without faults', () => {
    expect(share()).toBe(1);
  });

  it('is what is left while faults overlap, and of the worse one where they do not', () => {
    const slow: Fault = { kind: 'slow', ...period(0, 10, 20), factor: 0.5 };
    expect(share(slow, { kind: 'down', ...period(1, 15, 30) })).toBeCloseTo(0.5);
    expect(share(slow, { kind: 'down', ...period(1, 20, 30) })).toBeCloseTo(0.75);
    expect(share({ kind: 'errors', ...period(2, 5, 6), rate: 0.8 })).toBeCloseTo(0.8);
  });

  it('counts an endpoint before it is added and after it is removed as away', () => {
    const add: Fault = { kind: 'add', service: 'api', endpoint: 0, atSeconds: 10 };
    expect(share(add)).toBeCloseTo(0.5);
    expect(share(add, { kind: 'remove', service: 'api', endpoint: 1, atSeconds: 10 })).toBeCloseTo(0.5);
    expect(share(add, { kind: 'remove', service: 'api', endpoint: 1, atSeconds: 9 })).toBeCloseTo(0.25);
  });

  it('takes slowdowns at random to hit the largest, for their share of time', () => {
    const times = { meanOnSeconds: 1, meanOffSeconds: 3 };
    // One of three: half of the capacity, slower by 0.8 a quarter of the time.
    expect(share({ kind: 'random-slow', service: 'api', share: 0.3, factor: 0.2, ...times })).toBeCloseTo(
      0.9,
    );
  });
});
