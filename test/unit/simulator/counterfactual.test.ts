// What a request would take at each endpoint (plugin/simulator/counterfactual.ts), against what it then took.
import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import type { Simulator } from '../../../trainer/environment/simulator.js';
import { arrivalsOf } from './fifo.js';
import { ALL, decisionsOf, outcomesOf, recorded, type Decision, type Outcome } from './recorded.js';
import { simulator, sum, textbook } from './support.js';

/** One that chooses the bad endpoints too. */
const hot = encodeModel(untrainedModel({ temperature: 4 }));

/** Both are floats, of times that are right to 10^-8 ms. */
const rounding = (ms: number) => ms * 2 ** -23 + 1e-8;

interface Miss {
  readonly decision: Decision;
  /** Ms by which it took longer than was said; 0 up to rounding. */
  readonly ms: number;
}

function misses(scenario: Scenario): Miss[] {
  const { decisions, outcomeOf } = recorded(scenario, { model: hot });
  expect(decisions).toHaveLength(scenario.requests + scenario.warmup);
  return decisions.map((decision) => {
    // Past 128 jobs on their way a queue is taken for a fluid.
    for (const { hidden } of decision.rows) expect(hidden.assigned).toBeLessThan(128);
    const { ending, latency } = outcomeOf.get(decision.number)!;
    expect(ending).toBe(0);
    const ms = latency - decision.chosen.hidden.latencyMs;
    return { decision, ms: Math.abs(ms) < rounding(latency) ? 0 : ms };
  });
}

const exactShare = (all: readonly Miss[]) => all.filter(({ ms }) => ms === 0).length / all.length;

type ServiceTime = { kind: string } & Record<string, unknown>;
const SIZES: ServiceTime[] = [
  { kind: 'exponential', meanMs: 10 },
  { kind: 'lognormal', meanMs: 10, sigma: 1.5 },
  { kind: 'deterministic', meanMs: 10 },
];
const FLEETS = {
  single: [
    { workers: 1, count: 3 },
    { workers: 1, speed: 0.3 },
  ],
  several: [
    { workers: 4, count: 2 },
    { workers: 2, speed: 0.5 },
    { workers: 16, speed: 0.2 },
  ],
};
const PROXIES = [1, 5];
const cases = (['single', 'several'] as const).flatMap((slots) =>
  PROXIES.flatMap((proxies) => SIZES.map((serviceTime) => ({ slots, proxies, serviceTime }))),
);
const mesh = ({ slots, proxies, serviceTime }: (typeof cases)[number], networkMs: number) =>
  textbook(
    { endpoints: FLEETS[slots], serviceTime },
    { proxies, workersPerProxy: 2, networkMs, requests: 3_000, warmup: 0, load: { utilisation: 0.7 } },
  );

describe('the latency that a decision is said to have', () => {
  it.each(cases)(
    'is the one that the request has, where nothing is under way: $slots slots, $proxies proxies, $serviceTime.kind',
    (each) => {
      expect(misses(mesh(each, 0)).filter(({ ms }) => ms !== 0)).toEqual([]);
    },
  );

  const WAY_MS = 3;

  /**
   * Jobs under way count as if they were there already, so that starts may be later by the way at most, never earlier.
   * Each counts as their mean, which is exact where all are the same size, and for one slot, to which only the sum matters.
   */
  it.each(cases.filter(({ slots, serviceTime: { kind } }) => slots === 'single' || kind === 'deterministic'))(
    'is short by the way at most where something is: $slots slots, $proxies proxies, $serviceTime.kind',
    (each) => {
      const all = misses(mesh(each, WAY_MS));
      for (const { ms } of all) {
        expect(ms).toBeGreaterThanOrEqual(0);
        expect(ms).toBeLessThanOrEqual(WAY_MS + 1e-4);
      }
      // Both happen.
      expect(exactShare(all)).toBeGreaterThan(0.5);
      expect(exactShare(all)).toBeLessThan(1);
    },
  );

  /**
   * Jobs fill slots up to the level L that as much fluid would reach, to within the largest of them: the least filled slot
   * stands between L - largest and L, with the true sizes as with their means. So the two differ by the largest at most.
   */
  it.each(PROXIES)('is off by the largest job under way besides, to several slots: %d proxies', (proxies) => {
    const serviceTime = { kind: 'empirical', samplesMs: [5, 5, 5, 25] };
    const all = misses(mesh({ slots: 'several', proxies, serviceTime }, WAY_MS));
    for (const { decision, ms } of all) {
      const { ownMs, expectedMs } = decision.chosen.hidden;
      const pace = 10 / expectedMs;
      expect([5, 25]).toContain(Math.round(ownMs * pace));
      expect(ms).toBeGreaterThan(-25 / pace);
      expect(ms).toBeLessThan(WAY_MS + 25 / pace);
    }
    expect(exactShare(all)).toBeGreaterThan(0.5);
  });

  it('counts in a queue nobody whose client gave up, and all who still may', () => {
    const timeoutMs = 60;
    const scenario = textbook(
      { endpoints: [{ workers: 1 }], serviceTime: { kind: 'exponential', meanMs: 10 } },
      { requests: 3_000, warmup: 0, timeoutMs, load: { utilisation: 1.3 } },
    );
    const { decisions } = recorded(scenario);
    let free = 0;
    const jobs = arrivalsOf(scenario).map(({ atMs, ms }) => {
      const start = Math.max(atMs, free);
      const starts = start <= atMs + timeoutMs;
      if (starts) free = start + ms;
      return { atMs, ms, start: starts ? start : Infinity };
    });
    expect(jobs.filter(({ start }) => start === Infinity).length).toBeGreaterThan(500);
    for (const [n, { atMs, ms }] of jobs.entries()) {
      const before = jobs.slice(Math.max(0, n - 300), n);
      const serving = before.filter(({ start, ms }) => start <= atMs && start + ms > atMs);
      const waiting = before.filter((job) => job.start > atMs && job.atMs + timeoutMs > atMs);
      const left = sum(serving.map((job) => job.start + job.ms - atMs)) + sum(waiting.map((job) => job.ms));
      const said = decisions[n]!.chosen.hidden.latencyMs;
      expect(Math.abs(said - (left + ms)), `${said} for ${left + ms}`).toBeLessThan(rounding(said));
    }
  });
});

describe('the latencies of a decision', () => {
  it('are those of the endpoints that were not chosen, too: a fork that chooses otherwise has them', () => {
    const original = simulator(mesh({ slots: 'single', proxies: 3, serviceTime: SIZES[1]! }, 0), 'actor', {
      record: ALL,
    });
    let compared = 0;
    for (let at = 500; at < 8_000; at += 100) {
      original.advance(at);
      original.takeDecisions();
      const here = next(original.fork()).decision;
      const fork = original.fork();
      fork.loadModel(hot);
      const there = next(fork);
      expect(there.decision.rows.map(({ hidden }) => hidden)).toEqual(here.rows.map(({ hidden }) => hidden));
      const said = here.rows[there.decision.rows.indexOf(there.decision.chosen)]!;
      const { latency } = there.outcome;
      expect(Math.abs(latency - said.hidden.latencyMs)).toBeLessThan(rounding(latency));
      if (said !== here.chosen) compared++;
    }
    expect(compared).toBeGreaterThan(15);
  });
});

/** The next decision of a mesh and what comes of it. */
function next(mesh: Simulator): { decision: Decision; outcome: Outcome } {
  let decision: Decision | undefined;
  for (let at = mesh.figure('now'), going = true; going; at += 20) {
    going = mesh.advance(at);
    const batch = mesh.takeDecisions();
    decision ??= decisionsOf(batch)[0];
    const outcome = outcomesOf(batch).find(({ number }) => number === decision?.number);
    if (decision && outcome) return { decision, outcome };
  }
  throw new Error('the run ends before the decision has an outcome');
}
