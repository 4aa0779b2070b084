// What comes of decisions (plugin/simulator/outcomes.ts): how the requests end, and whom they delay.
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import type { EntryJob } from '../../../trainer/environment/workload.js';
import { arrivalsOf } from './fifo.js';
import { recorded, type Outcome } from './recorded.js';
import { MESHES, MESH_NAMES } from './scenarios.js';
import { expectSame, sum, textbook } from './support.js';

/** Requests whose delay is followed at most. */
const FOLLOWED = 64;

/** In the order of arrival, which here is that of the decisions. */
function ordered(scenario: Scenario): Outcome[] {
  const { decisions, outcomeOf } = recorded(scenario);
  return decisions.map(({ number }) => outcomeOf.get(number)!);
}

/**
 * A second account of one endpoint: a job that leaves its slot has held up each that went from the queue to a slot since
 * it took its own, and holds up each that does until the queue is empty, by its share of the endpoint's time.
 */
function delays(jobs: readonly Pick<EntryJob, 'atMs' | 'ms'>[], slots: number, speed: number): number[] {
  const free = new Array<number>(slots).fill(0);
  const served = jobs.map(({ atMs, ms }) => {
    const slot = free.indexOf(Math.min(...free));
    const start = Math.max(atMs, free[slot]!);
    free[slot] = start + ms / speed;
    return { atMs, start, end: free[slot], waited: start > atMs };
  });
  return served.map(({ end }, i) => {
    let held = 0;
    for (let k = i + 1; k < served.length && held < FOLLOWED; k++) {
      const { start, atMs, waited } = served[k]!;
      // Nobody was left when this job left its slot, or when the last one of the queue took one.
      if (start >= end && atMs > Math.max(end, served[k - 1]!.start)) break;
      if (waited) held++;
    }
    return (held * jobs[i]!.ms) / speed / slots;
  });
}

describe('the delay that a request causes', () => {
  /** Three requests of 10 ms to one slot. */
  const three = Array.from({ length: 80 }, (_, seed) =>
    textbook(
      { endpoints: [{ workers: 1 }], serviceTime: { kind: 'deterministic', meanMs: 10 } },
      { seed, requests: 3, warmup: 0, load: { utilisation: 0.9 } },
    ),
  ).map((scenario) => ({ scenario, at: arrivalsOf(scenario).map(({ atMs }) => atMs) }));
  const where = (fits: (b: number, c: number) => boolean) => {
    const found = three.filter(({ at: [a, b, c] }) => fits(b! - a!, c! - a!));
    expect(found.length).toBeGreaterThan(3);
    return found.map(({ scenario }) => ordered(scenario).map(({ delayed }) => delayed));
  };

  it('is its size for each who comes behind it before the queue is empty', () => {
    // A from 0 to 10, B from 10 to 20, C from 20 to 30: A holds up B and C, B holds up C.
    for (const delayed of where((b, c) => b < 10 && c < 10)) expect(delayed).toEqual([20, 10, 0]);
  });

  it('is over where the queue was empty once, and goes on with who came in the meantime', () => {
    // C comes while B is on the slot: the queue is empty when B takes it.
    for (const delayed of where((b, c) => b < 10 && c > 10 && c < 20)) expect(delayed).toEqual([10, 10, 0]);
    for (const delayed of where((b, c) => b < 10 && c > 20)) expect(delayed).toEqual([10, 0, 0]);
    for (const delayed of where((b, c) => b > 10 && c < b + 10)) expect(delayed).toEqual([0, 10, 0]);
  });

  it('is nothing where nobody is behind', () => {
    for (const delayed of where((b, c) => b > 10 && c > b + 10)) expect(delayed).toEqual([0, 0, 0]);
  });

  it.each([
    [1, 1, 0.9],
    [1, 0.4, 0.95],
    [3, 1, 0.95],
    [8, 2, 0.98],
    // Queues that grow to the end: everyone holds up the next 64.
    [1, 1, 1.6],
    [2, 1, 1.5],
  ])('is that of a second account: %d slots of speed %d, utilisation %d', (workers, speed, utilisation) => {
    const scenario = textbook(
      { endpoints: [{ workers, speed }], serviceTime: { kind: 'lognormal', meanMs: 10, sigma: 1 } },
      { requests: 3_000, warmup: 0, load: { utilisation } },
    );
    const jobs = arrivalsOf(scenario);
    const expected = delays(jobs, workers, speed);
    const actual = ordered(scenario).map(({ delayed }) => delayed);
    // Products of floats: two roundings.
    for (const [i, ms] of expected.entries()) expectSame(actual[i]!, ms, 2 ** -22);
    expect(expected.filter((ms) => ms > 0).length).toBeGreaterThan(500);
    const capped = expected.filter((ms, i) => ms > (FOLLOWED - 0.5) * (jobs[i]!.ms / speed / workers)).length;
    if (utilisation > 1) expect(capped).toBeGreaterThan(2_500);
  });
});

describe.each(MESH_NAMES)('of the decisions in the mesh "%s"', (name) => {
  const { mesh, decisions, outcomes, outcomeOf } = recorded(MESHES[name]);

  it('each has one outcome in the end, and none another', () => {
    expect(decisions.length).toBeGreaterThanOrEqual(mesh.figure('arrived'));
    expect(outcomes.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(
      decisions.map(({ number }) => number).toSorted((a, b) => a - b),
    );
    expect(outcomeOf.size).toBe(outcomes.length);
  });

  it('those that failed delay nobody, and others by no less than nothing', () => {
    const wrong = outcomes.filter(
      ({ ending, latency, delayed }) => !(latency >= 0 && (ending === 0 ? delayed >= 0 : delayed === 0)),
    );
    expect(wrong).toEqual([]);
    expect(sum(outcomes.map(({ delayed }) => delayed))).toBeGreaterThan(0);
  });

  it('those at the entry took what the clients saw', () => {
    const entry = decisions
      .filter(({ service }) => service === 0)
      .map(({ number }) => outcomeOf.get(number)!);
    // Of floats.
    expectSame(sum(entry.map(({ latency }) => latency)) / mesh.figure('sojournSum'), 1, 1e-6);
    const { warmup } = MESHES[name];
    for (const [place, ending] of (
      ['answered', 'failed', 'overflow', 'unreachable', 'broken', 'timeout'] as const
    ).entries()) {
      const counted = entry.slice(warmup).filter((outcome) => outcome.ending === place).length;
      expect([ending, counted]).toEqual([ending, mesh.figure(ending)]);
    }
  });
});

describe('a request', () => {
  const endpoints = [{ workers: 2, count: 2 }];
  const gone = (kind: string) => [0, 1].map((endpoint) => ({ kind, service: 'api', endpoint }));
  const service = { endpoints, serviceTime: { kind: 'deterministic', meanMs: 100 } };
  const rest = { requests: 200, warmup: 0, load: { utilisation: 0.5 } };

  it('that no endpoint takes has failed, and delays nobody', () => {
    const faults = gone('down').map((fault) => ({ ...fault, fromSeconds: 1 }));
    const { decisions, outcomes, mesh } = recorded(textbook(service, { ...rest, faults }));
    const lost = outcomes.filter(({ ending }) => ending === 3);
    expect(lost.length).toBe(mesh.figure('unreachable'));
    expect(lost.length).toBeGreaterThan(20);
    for (const { delayed } of lost) expect(delayed).toBe(0);
    expect(outcomes.length).toBe(decisions.length);
  });

  it('that finds no endpoint is no decision, nor the end of another', () => {
    // While the first request is served.
    const atSeconds = arrivalsOf(textbook(service, rest))[0]!.atMs / 1000 + 0.05;
    const faults = gone('remove').map((fault) => ({ ...fault, atSeconds }));
    const scenario = textbook(service, { ...rest, faults });
    const { decisions, outcomes, mesh } = recorded(scenario, {}, 20);
    expect(mesh.figure('unreachable')).toBeGreaterThan(100);
    expect(decisions.length).toBe(mesh.figure('arrived') - mesh.figure('unreachable'));
    expect(decisions.length).toBeGreaterThan(0);
    // Those under way when all endpoints left are answered.
    expect(outcomes.map(({ ending }) => ending)).toEqual(decisions.map(() => 0));
  });
});
