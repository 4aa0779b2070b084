// Hash policies: the same key goes to the same endpoint, whoever decides and whatever else happens.
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { chiSquare, chiSquareLimit } from '../core/support.js';
import { finished, ofEndpoints, simulator, textbook } from './support.js';

const COUNT = 5;
const mesh = (rest: object = {}): Scenario =>
  textbook({ endpoints: [{ workers: 1000, count: COUNT }] }, { requests: 5_000, warmup: 0, ...rest });

describe.each(['source-hash', 'destination-hash'] as const)('%s', (policy) => {
  const requests = (scenario: Scenario) => ofEndpoints(finished(scenario, policy), 'requests');

  it('does not ask who decides, when, or how busy all are', () => {
    const usual = requests(mesh());
    const others = [
      { proxies: 7 },
      { workersPerProxy: 3 },
      { load: { utilisation: 2, pattern: { kind: 'burst' } } },
      { networkMs: 30, signals: { serverLoad: false } },
    ];
    for (const rest of others) expect(requests(mesh(rest))).toEqual(usual);
  });

  it('spreads keys by chance, some thousand of them', () => {
    // A key takes its m requests along, a Poisson number: the variance is 1 + m times that of requests by themselves.
    const inflation = 1 + 5_000 / 1024;
    expect(chiSquare(requests(mesh())) / inflation).toBeLessThan(chiSquareLimit(COUNT - 1));
    expect(Math.min(...requests(mesh()))).toBeGreaterThan(0);
  });

  it('moves only the keys of an endpoint that is gone', () => {
    const usual = requests(mesh());
    const gone = (endpoint: number) => ({
      faults: [{ kind: 'remove', service: 'api', endpoint, atSeconds: 0 }],
    });
    for (let endpoint = 0; endpoint < COUNT; endpoint++) {
      const left = requests(mesh(gone(endpoint)));
      expect(left[endpoint]).toBe(0);
      for (let other = 0; other < COUNT; other++)
        if (other !== endpoint) expect(left[other]).toBeGreaterThan(usual[other]!);
    }
  });

  it('sends a key back when its endpoint is back', () => {
    // While it is down its keys are elsewhere; by then all are at home again.
    const down = { kind: 'down', service: 'api', endpoint: 1, fromSeconds: 0.001, toSeconds: 0.5 };
    const load = { load: { utilisation: 0.0004 }, requests: 10_000 };
    const [after, undisturbed] = [mesh({ ...load, faults: [down] }), mesh(load)].map((scenario) => {
      const of = simulator(scenario, policy);
      // Ejection, its back-off and slow start are over after some seconds.
      of.advance(30_000);
      const before = ofEndpoints(of, 'requests');
      of.advance(Infinity);
      return ofEndpoints(of, 'requests').map((count, i) => count - before[i]!);
    });
    expect(after).toEqual(undisturbed);
  });
});
