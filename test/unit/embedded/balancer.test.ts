import { describe, expect, it } from 'vitest';
import { ActiveRequests, createBalancer } from '../../../trainer/mesh/embedded/proxy/balancer.js';
import { seededRandom } from '../../plugin/support/seeded-random.js';

const endpoints = ['127.0.0.1:1', '127.0.0.1:2', '127.0.0.1:3', '127.0.0.1:4'];
const uniform = (seed: number) => {
  const next = seededRandom(seed);
  return () => next() / 2 ** 32;
};
const choice = (source = 'client', active = new ActiveRequests()) => ({
  endpoints,
  source,
  active,
  random: uniform(1),
});

describe('policies of the embedded engine', () => {
  it('least_request never takes the busier of two', () => {
    const active = new ActiveRequests();
    active.change('127.0.0.1:1', 1);
    const balancer = createBalancer('least_request');
    const random = uniform(3);
    const shared = { endpoints, source: '', active, random };
    const picks = Array.from({ length: 4000 }, () => balancer(shared)).filter(
      (pick) => pick === '127.0.0.1:1',
    );
    // The busy one is taken only when it is drawn twice: 4000 / 16 = 250, standard deviation 15.3; five of them.
    expect(Math.abs(picks.length - 250)).toBeLessThan(77);
  });

  it('round_robin takes each in turn', () => {
    const balancer = createBalancer('round_robin');
    const shared = choice();
    const picks = Array.from({ length: 8 }, () => balancer(shared));
    expect(new Set(picks.slice(0, 4)).size).toBe(4);
    expect(picks.slice(4)).toEqual(picks.slice(0, 4));
  });

  it('ring_hash keeps a source at its endpoint, and moves only those of an endpoint that leaves', () => {
    const balancer = createBalancer('ring_hash');
    const sources = Array.from({ length: 200 }, (_, index) => `10.0.0.${index}`);
    const before = sources.map((source) => balancer(choice(source)));
    expect(new Set(before).size).toBe(4);
    const left = endpoints.slice(1);
    const after = sources.map((source) => balancer({ ...choice(source), endpoints: left }));
    after.forEach((endpoint, index) => {
      if (before[index] !== endpoints[0]) expect(endpoint).toBe(before[index]);
    });
  });
});
