// What the workers of one proxy know of each other: their requests in flight, after an exchange as the filter makes it
// (plugin/host/siblings.ts).
import { describe, expect, it } from 'vitest';
import type { SimulatorPolicy } from '../../../trainer/environment/policies.js';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { binomialSlack } from '../core/support.js';
import { arrivalsOf } from './fifo.js';
import { derive, DRAWS, index } from './keys.js';
import { interval, ofEndpoints, replicate, simulator, textbook } from './support.js';

describe('the workers of a proxy', () => {
  interface Crowd {
    readonly scenario: Scenario;
    /** Which of the two workers decides on each request, and when (ms). */
    readonly plan: readonly { worker: number; atMs: number }[];
  }
  /** Four requests within some ms, none of which ends before the last one came, and three endpoints. */
  const crowds = Array.from({ length: 4000 }, (_, seed): Crowd => {
    const service = {
      serviceTime: { kind: 'deterministic', meanMs: 1000 },
      endpoints: [{ workers: 1000, count: 3 }],
    };
    // One each 1.25 ms.
    const load = { utilisation: 0.8 / 3 };
    const scenario = textbook(service, { seed, requests: 4, warmup: 0, workersPerProxy: 2, load });
    const plan = arrivalsOf(scenario).map(({ key, atMs }) => ({
      worker: index(derive(BigInt(`0x${key}`), DRAWS.worker), 2),
      atMs,
    }));
    return { scenario, plan };
  });
  /** Those whose requests go to the workers in this order, whichever is A. */
  const inOrder = (...order: ('A' | 'B')[]) =>
    crowds.filter(({ plan }) =>
      order.every((worker, i) => (plan[i]!.worker === plan[0]!.worker) === (worker === order[0])),
    );
  const gap = ({ plan }: Crowd, from: number, to: number) => plan[to]!.atMs - plan[from]!.atMs;
  /** Endpoint of each request. */
  const follow = ({ scenario, plan }: Crowd, policy: SimulatorPolicy): number[] => {
    const mesh = simulator(scenario, policy);
    let before = [0, 0, 0];
    return plan.map(({ atMs }) => {
      mesh.advance(atMs + 1e-6);
      const now = ofEndpoints(mesh, 'requests');
      const chosen = now.findIndex((count, i) => count > before[i]!);
      before = now;
      return chosen;
    });
  };
  /** How many put the third request where none of the first two is, and how many where the first one is. */
  const third = (these: Crowd[], policy: SimulatorPolicy) => {
    const chosen = these.map((crowd) => follow(crowd, policy));
    const apart = chosen.filter(([a, b, c]) => c !== a && c !== b).length;
    const same = chosen.filter(([a, , c]) => c === a).length;
    expect(these.length).toBeGreaterThan(50);
    return { of: these.length, apart, same };
  };
  const expectShare = (count: number, of: number, share: number) =>
    expect(Math.abs(count - of * share)).toBeLessThan(binomialSlack(of, share));

  // A decision that reads also tells, just before its own start, which for the next ms is told no more: as the filter.
  const AAB = inOrder('A', 'A', 'B');
  const atOnce = AAB.filter((crowd) => gap(crowd, 0, 1) < 0.999);
  const soon = AAB.filter((crowd) => gap(crowd, 0, 1) > 1.001 && gap(crowd, 0, 1) < 2.999);
  const later = AAB.filter((crowd) => gap(crowd, 0, 1) > 3.001);

  it.each<SimulatorPolicy>(['ewma-full', 'work-full'])('tell of a start every 1 ms at most: %s', (policy) => {
    const untold = third(atOnce, policy);
    expectShare(untold.apart, untold.of, 1 / 3);
    const told = third(soon, policy);
    expect(told.apart).toBe(told.of);
    // The second decision told of the first, and then not of itself.
    const { of, apart, same } = third(later, policy);
    expect(same).toBe(0);
    expectShare(apart, of, 1 / 2);
  });

  it.each<SimulatorPolicy>(['least-request-full', 'random'])('do not matter to %s', (policy) => {
    for (const these of [atOnce, soon]) {
      const { of, same } = third(these, policy);
      expectShare(same, of, 1 / 3);
    }
  });

  it('read what the others told every 3 ms at most', () => {
    const ABBA = inOrder('A', 'B', 'B', 'A').filter(
      (crowd) => gap(crowd, 1, 2) > 1.001 && gap(crowd, 1, 2) < 2.999,
    );
    /** Of those where the others took the first one's endpoint and another: whether the last took the third. */
    const last = (these: Crowd[]) =>
      these
        .map((crowd) => follow(crowd, 'ewma-full'))
        .filter(([a, b, c]) => a === b || a === c)
        .map(([a, b, c, d]) => d === 3 - (a === b ? a! + c! : a! + b!));
    const early = last(ABBA.filter((crowd) => gap(crowd, 0, 3) < 2.999));
    expect(early.length).toBeGreaterThan(15);
    // It knows of its own alone, and draws one of two.
    expect(new Set(early)).toEqual(new Set([true, false]));
    const late = last(ABBA.filter((crowd) => gap(crowd, 0, 3) > 3.001));
    expect(late.length).toBeGreaterThan(15);
    expect(new Set(late)).toEqual(new Set([true]));
  });

  it('are as good as proxies of their own under a policy that does not ask', () => {
    const load = { load: { utilisation: 0.85 }, workersPerProxy: 4 };
    const together = textbook({ endpoints: [{ workers: 1, count: 8 }] }, load);
    const alone = { ...together, proxies: 4, workersPerProxy: 1 };
    const means = (scenario: Scenario) =>
      replicate(scenario, 'least-request-full').map((result) => Math.log(result.meanMs));
    const [a, b] = [means(together), means(alone)];
    const { average, half } = interval(a.map((each, i) => each - b[i]!));
    expect(half).toBeLessThan(0.05);
    expect(Math.abs(average)).toBeLessThan(half);
  });
});
