// What a decision may know of servers and of the fleet: as far as the scenario lets them speak.
import { describe, expect, it } from 'vitest';
import type { SimulatorPolicy } from '../../../trainer/environment/policies.js';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { digest } from './digest.js';
import { MESHES } from './scenarios.js';
import { attentive, finished, interval, POLICIES, replicate, run, textbook } from './support.js';

const bits = (scenario: Scenario, policy: SimulatorPolicy) =>
  digest(finished(scenario, policy, policy === 'actor' ? { model: attentive } : {}));
const seeing = (signals: object): Scenario => ({
  ...MESHES.bursts,
  requests: 5_000,
  signals: { ...MESHES.bursts.signals, ...signals },
});

describe('what servers say of themselves', () => {
  // `client-side-wrr` does not believe its servers for the first ten seconds.
  const long = (serverLoad: boolean) => ({ ...seeing({ serverLoad, fleetViewMs: 0 }), requests: 20_000 });
  const listeners: SimulatorPolicy[] = ['c3', 'prequal', 'client-side-wrr', 'actor'];

  it.each(POLICIES)('is nothing to %s unless it listens to servers', (policy) => {
    const [told, untold] = [true, false].map((serverLoad) => bits(long(serverLoad), policy));
    if (listeners.includes(policy)) expect(told).not.toBe(untold);
    else expect(told).toBe(untold);
  });

  it('is what prequal lives on: without an answer to its probes it is random, bit by bit', () => {
    const blind = seeing({ serverLoad: false });
    const [prequal, random] = [run(blind, 'prequal'), run(blind, 'random')];
    // They are sent all the same, and count: three a request, where there are so many endpoints.
    expect(prequal.probes).toBe(3 * (blind.requests + blind.warmup));
    expect(random.probes).toBe(0);
    expect({ ...prequal, probes: 0 }).toEqual(random);
  });
});

describe("the fleet's view", () => {
  const listeners: SimulatorPolicy[] = ['c3', 'client-side-wrr', 'actor'];

  it.each(POLICIES)('is nothing to %s unless it looks at the fleet', (policy) => {
    const [told, untold] = [100, 0].map((fleetViewMs) =>
      bits({ ...seeing({ fleetViewMs }), requests: 20_000 }, policy),
    );
    if (listeners.includes(policy)) expect(told).not.toBe(untold);
    else expect(told).toBe(untold);
  });

  it('tells the number of proxies, which is all that c3 asks of it', () => {
    const of = (proxies: number, fleetViewMs: number) => bits({ ...seeing({ fleetViewMs }), proxies }, 'c3');
    expect(of(1, 100)).toBe(of(1, 0));
    expect(of(2, 100)).not.toBe(of(2, 0));
  });
});

describe('the request', () => {
  it('is told apart by its class, so that who counts work is ahead of who counts requests', () => {
    const classes = [
      { path: '/cheap', share: 0.8, factor: 0.2 },
      { path: '/dear', share: 0.2, factor: 4.2 },
    ];
    const endpoints = [{ workers: 1, count: 4 }];
    const scenario = textbook(
      { endpoints, classes, serviceTime: { kind: 'deterministic', meanMs: 10 } },
      { requests: 10_000, load: { utilisation: 0.8 } },
    );
    const means = (policy: SimulatorPolicy) =>
      replicate(scenario, policy).map(({ meanMs }) => Math.log(meanMs));
    const [requests, work] = [means('ewma-full'), means('work-full')];
    const { average, half } = interval(requests.map((each, i) => each - work[i]!));
    expect(average).toBeGreaterThan(half);
  });
});
