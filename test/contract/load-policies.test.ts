// How the policies that look at load and latency behave, each against what its source says.
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../plugin/support/seeded-random.js';
import { address, binomialSlack, cluster, freshCore, tally } from '../unit/core/support.js';
import { decisions } from './support.js';

const core = freshCore();

function withRequests(requests: readonly number[], policy: string): void {
  cluster(core, requests.length);
  core.setPolicy(policy);
  requests.forEach((count, i) => core.set('Requests', i, count));
}
function latencies(ms: readonly number[], now = 0): void {
  ms.forEach((value, i) => core.latency(i, value, now));
}

describe('least-request', () => {
  it('takes the less loaded of two different ones, so never the most loaded', () => {
    withRequests([4, 1, 2, 3], 'least-request');
    const trials = 12_000;
    const counts = tally(decisions(core, trials, 10, 1), 4);
    // Of the six pairs the least loaded wins three, the next two, the next one.
    [0, 3 / 6, 2 / 6, 1 / 6].forEach((share, i) => {
      expect(Math.abs(counts[i]! - trials * share)).toBeLessThanOrEqual(binomialSlack(trials, share));
    });
  });
});

describe('least-request-full', () => {
  it('takes the least loaded of all', () => {
    withRequests([4, 3, 1, 2, 9], 'least-request-full');
    expect(new Set(decisions(core, 50, 10, 1))).toEqual(new Set([2]));
  });

  it('shares ties evenly', () => {
    withRequests([1, 5, 1, 1], 'least-request-full');
    const counts = tally(decisions(core, 6000, 10, 2), 4);
    expect(counts[1]).toBe(0);
    for (const i of [0, 2, 3]) expect(Math.abs(counts[i]! - 2000)).toBeLessThan(binomialSlack(6000, 1 / 3));
  });
});

describe('least-response-time', () => {
  it('takes the least product of latency and active requests', () => {
    withRequests([2, 3, 1], 'least-response-time');
    latencies([10, 5, 30]);
    expect(new Set(decisions(core, 30, 10, 1))).toEqual(new Set([1]));
  });

  it('takes an idle endpoint first, whatever its latency', () => {
    withRequests([1, 0, 1], 'least-response-time');
    latencies([1, 500, 1]);
    expect(new Set(decisions(core, 30, 10, 1))).toEqual(new Set([1]));
  });
});

describe('peak-ewma', () => {
  it('takes the lower of peak latency times requests and one more', () => {
    withRequests([1, 0], 'peak-ewma');
    latencies([10, 19]);
    expect(new Set(decisions(core, 30, 0, 1))).toEqual(new Set([1]));
    core.set('Requests', 1, 1);
    expect(new Set(decisions(core, 30, 0, 1))).toEqual(new Set([0]));
  });

  it('jumps to a spike at once and comes back over ten seconds, also while nothing is measured', () => {
    withRequests([0, 0], 'peak-ewma');
    latencies([10, 10]);
    core.latency(0, 100, 1);
    expect(new Set(decisions(core, 30, 1, 1))).toEqual(new Set([1]));
    // 100 e^(-t / 10 s) falls to 10 after 23.03 s; the other is kept at 10.
    core.latency(1, 10, 22_900);
    expect(new Set(decisions(core, 30, 22_900, 1))).toEqual(new Set([1]));
    core.latency(1, 10, 23_200);
    expect(new Set(decisions(core, 30, 23_200, 1))).toEqual(new Set([0]));
  });

  it('never takes the costliest of three', () => {
    withRequests([0, 0, 0], 'peak-ewma');
    latencies([10, 20, 30]);
    expect(tally(decisions(core, 3000, 0, 4), 3)[2]).toBe(0);
  });
});

describe.each(['peak-ewma', 'ewma-full', 'work-full', 'c3', 'least-response-time'])(
  'an endpoint without history under %s',
  (policy) => {
    it('is taken for one with the average of the cluster', () => {
      cluster(core, 3);
      core.setPolicy(policy);
      // One faster than the average of 20 ms, one slower; all hold the same.
      core.latency(0, 10, 0);
      core.latency(1, 30, 0);
      for (let i = 0; i < 3; i++) {
        core.set('Requests', i, 1);
        core.set('Work', i, 1);
      }
      const counts = tally(decisions(core, 600, 0, 1), 3);
      expect(counts[0]).toBeGreaterThan(counts[2]!);
      expect(counts[2]).toBeGreaterThanOrEqual(counts[1]!);
    });

    it('is not herded on: ten requests at once do not all go to it', () => {
      cluster(core, 4);
      core.setPolicy(policy);
      latencies([10, 10, 10]);
      const next = seededRandom(2);
      const chosen: number[] = [];
      for (let k = 0; k < 40; k++) {
        const endpoint = core.decide(0, next(), next());
        core.start(endpoint, 1, 0);
        chosen.push(endpoint);
      }
      expect(tally(chosen, 4)[3]).toBeLessThanOrEqual(14);
    });
  },
);

describe('c3', () => {
  it('scores R - 1/mu + q^3/mu with q = 1 + outstanding x clients + queue', () => {
    cluster(core, 3);
    core.setPolicy('c3');
    core.setCluster(4, 15);
    const state = [
      { outstanding: 2, queue: 3, response: 20, service: 5 },
      { outstanding: 0, queue: 9, response: 30, service: 4 },
      { outstanding: 1, queue: 0, response: 12, service: 7 },
    ];
    state.forEach(({ outstanding, queue, response, service }, i) => {
      core.set('Requests', i, outstanding);
      core.set('C3Queue', i, queue);
      core.set('C3Response', i, response);
      core.set('C3Service', i, service);
    });
    const chosen = new Set(decisions(core, 20, 0, 1));
    const scores = state.map(
      (s) => s.response - s.service + (1 + s.outstanding * 4 + s.queue) ** 3 * s.service,
    );
    scores.forEach((score, i) => expect(core.get('Score', i)).toBeCloseTo(-score, 2));
    expect(chosen).toEqual(new Set([scores.indexOf(Math.min(...scores))]));
  });

  it('runs from a long queue sooner than from a slow server', () => {
    cluster(core, 2);
    core.setPolicy('c3');
    core.serverLoad(0, { requests: 4, timeMs: 5 }, 0);
    core.serverLoad(1, { requests: 1, timeMs: 40 }, 0);
    latencies([10, 10]);
    expect(new Set(decisions(core, 20, 1, 1))).toEqual(new Set([1]));
  });
});

/** -(log2(latency / mean) + log2(load + extra)) in double precision. */
function cost(latency: number, mean: number, load: number, exponent = 1): number {
  return -(exponent * Math.log2(latency / mean) + Math.log2(load));
}

describe('ewma-full', () => {
  it('takes the least of latency times load and one more, siblings included', () => {
    withRequests([3, 1, 0], 'ewma-full');
    latencies([5, 12, 30]);
    core.set('SiblingRequests', 1, 2);
    const chosen = new Set(decisions(core, 20, 0, 1));
    const mean = core.cluster('latency');
    const wanted = [cost(5, mean, 4, 0.8), cost(12, mean, 4, 0.8), cost(30, mean, 1, 0.8)];
    // Two logarithms of 2e-5 each.
    wanted.forEach((score, i) => expect(Math.abs(core.get('Score', i) - score)).toBeLessThan(5e-5));
    expect(chosen).toEqual(new Set([0]));
  });
});

describe('work-full', () => {
  it('counts work in flight, and the work of the request that it places', () => {
    cluster(core, 2);
    core.setPolicy('work-full');
    core.start(0, 8, 0);
    for (let k = 0; k < 3; k++) core.start(1, 0.5, 0);
    latencies([10, 10]);
    // Fewer requests at 0, but more work.
    expect(core.decide(1, 1, 2)).toBe(1);
    core.setRequest({ work: 4 });
    core.decide(1, 1, 2);
    expect(core.get('Score', 0)).toBeCloseTo(cost(10, 10, 12), 4);
    expect(core.get('Score', 1)).toBeCloseTo(cost(10, 10, 5.5), 4);
    core.setRequest();
  });

  it('sends a heavy request to a fast endpoint that is busy, and a light one to a slow one that is idle', () => {
    cluster(core, 2);
    core.setPolicy('work-full');
    latencies([10, 25]);
    core.set('Work', 0, 2);
    core.setRequest({ work: 8 });
    expect(core.decide(0, 1, 2)).toBe(0);
    core.setRequest({ work: 0.5 });
    expect(core.decide(0, 1, 2)).toBe(1);
    core.setRequest();
  });
});

describe('random', () => {
  it('takes no notice of load', () => {
    withRequests([100, 0], 'random');
    const counts = tally(decisions(core, 4000, 0, 1), 2);
    expect(Math.abs(counts[0]! - 2000)).toBeLessThan(binomialSlack(4000, 0.5));
  });
});

describe('source-hash and destination-hash', () => {
  const byKey = (policy: string, keys: readonly number[]) => {
    core.setPolicy(policy);
    return keys.map((key) => {
      core.setRequest(policy === 'source-hash' ? { source: key } : { destination: key });
      return core.decide(10, key * 31, key * 17);
    });
  };
  const keys = Array.from({ length: 4000 }, (_, i) => core.mix(i, 99));

  it.each(['source-hash', 'destination-hash'])(
    '%s keeps a key at its endpoint, whatever the bits',
    (policy) => {
      cluster(core, 5);
      const first = byKey(policy, keys);
      core.setPolicy(policy);
      const again = keys.map((key) => {
        core.setRequest(policy === 'source-hash' ? { source: key } : { destination: key });
        return core.decide(900, ~key >>> 0, 5);
      });
      expect(again).toEqual(first);
    },
  );

  it('moves only the keys of an endpoint that leaves, and spreads them', () => {
    cluster(core, 5);
    const before = byKey('source-hash', keys);
    core.remove(3);
    const after = byKey('source-hash', keys);
    const moved: number[] = [];
    before.forEach((endpoint, k) => {
      if (endpoint === 3) moved.push(after[k]!);
      else expect(after[k]).toBe(endpoint);
    });
    const counts = tally(moved, 5);
    for (const i of [0, 1, 2, 4])
      expect(Math.abs(counts[i]! - moved.length / 4)).toBeLessThan(binomialSlack(moved.length, 1 / 4));
  });

  it('gives an endpoint that joins a fair share of every other one, and moves nothing else', () => {
    cluster(core, 4);
    const before = byKey('source-hash', keys);
    core.add(address(44));
    const after = byKey('source-hash', keys);
    const moved = after.filter((endpoint, k) => endpoint !== before[k]);
    expect(new Set(moved)).toEqual(new Set([4]));
    expect(Math.abs(moved.length - 800)).toBeLessThan(binomialSlack(4000, 0.2));
  });

  it('does not depend on the order in which endpoints were added', () => {
    cluster(core, 3);
    const before = byKey('source-hash', keys).map(address);
    core.reset();
    for (const i of [2, 0, 1]) core.add(address(i));
    const order = [2, 0, 1];
    expect(byKey('source-hash', keys).map((i) => address(order[i]!))).toEqual(before);
  });
});
