// An endpoint that is cut off: what is in the house breaks, what comes is tried elsewhere, and ejection follows.
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import type { Simulator } from '../../../trainer/environment/simulator.js';
import { arrivalsOf } from './fifo.js';
import { ofEndpoints, POLICIES, run, simulator, sum, textbook } from './support.js';

const MS = 50;
const RATE = 200;
const FROM_MS = 2000;
const mesh = (count: number, down: number[], rest: object = {}): Scenario =>
  textbook(
    { serviceTime: { kind: 'deterministic', meanMs: MS }, endpoints: [{ workers: 1000, count }] },
    {
      requests: 1600,
      warmup: 0,
      load: { utilisation: (RATE * MS) / 1e6 / count },
      faults: down.map((endpoint) => ({
        kind: 'down',
        service: 'api',
        endpoint,
        fromSeconds: FROM_MS / 1000,
        toSeconds: 4,
      })),
      ...rest,
    },
  );
const tries = (of: Simulator) => of.serverFigure(0, 1, 'requests');
/** Goes on until the endpoint was tried so often; returns when, ms. */
function until(of: Simulator, count: number): number {
  while (tries(of) < count) of.advance(of.figure('due'));
  return of.figure('now');
}

describe('one of three that is down', () => {
  it('breaks what it has, is tried until five failures in a row, and then once a back-off', () => {
    const of = simulator(mesh(3, [1]));
    of.advance(FROM_MS - 1e-6);
    const [inHouse, before] = [of.serverFigure(0, 1, 'inFlight'), tries(of)];
    expect(inHouse).toBeGreaterThan(0);
    expect(inHouse).toBeLessThan(5);
    of.advance(FROM_MS);
    expect(of.figure('broken')).toBe(inHouse);
    // Those that broke are failures in a row, too. A filter hears of a failed try when the second one has its answer.
    const fifth = until(of, before + 5 - inHouse) + MS;
    of.advance(fifth);
    let tried = tries(of);
    of.advance(fifth + 999);
    expect(tries(of)).toBe(tried);
    // Back after a second it fails its trial and is out for two.
    const trial = until(of, tried + 1) + MS;
    of.advance(trial);
    tried = tries(of);
    of.advance(trial + 1999);
    expect(tries(of)).toBe(tried);
    // Then it is up again and has its share.
    of.advance(Infinity);
    expect(tries(of) - tried).toBeGreaterThan(20);
    expect(of.figure('answered')).toBe(1600 - inHouse);
  });

  it.each(POLICIES)('costs a client no more than the way there and back, under %s', (policy) => {
    const scenario = mesh(3, [1], { networkMs: 1, proxies: 3 });
    const of = simulator(scenario, policy);
    of.advance(Infinity);
    const retries = sum(ofEndpoints(of, 'requests')) - scenario.requests;
    const { broken, unreachable, timeout } = {
      broken: of.figure('broken'),
      unreachable: of.figure('unreachable'),
      timeout: of.figure('timeout'),
    };
    expect([unreachable, timeout]).toEqual([0, 0]);
    // Of the answers, those to a second try took the way twice.
    const answeredMs = (scenario.requests - broken) * (MS + 2) + retries * 2;
    expect(of.figure('latencySum')).toBeCloseTo(answeredMs, 4);
    if (policy.endsWith('oracle') || policy === 'clairvoyant') expect(retries).toBe(0);
    // Prequal has no answer to its probes.
    else if (policy !== 'prequal') expect(retries).toBeGreaterThan(0);
  });
});

describe('a prober', () => {
  it('hears nothing of one that is down, and forgets it within a second', () => {
    const of = simulator(mesh(3, [1]), 'prequal');
    of.advance(FROM_MS + 1000);
    const tried = tries(of);
    of.advance(4000 - 1e-6);
    expect(tries(of)).toBe(tried);
    // Its answers are back, and with them its requests.
    of.advance(Infinity);
    expect(tries(of)).toBeGreaterThan(tried);
  });
});

describe('when all are down', () => {
  it.each([1, 2, 5])('requests fail as unreachable, with %d endpoints', (count) => {
    const all = Array.from({ length: count }, (_, i) => i);
    const scenario = mesh(count, all);
    const { errorKinds } = run(scenario, 'least-request');
    const within = (from: number, to: number) =>
      arrivalsOf(scenario).filter(({ atMs }) => atMs >= from && atMs < to).length;
    const broken = within(FROM_MS - MS, FROM_MS);
    expect(errorKinds).toEqual({
      timeout: 0,
      overflow: 0,
      failed: 0,
      unreachable: broken + within(FROM_MS, 4000),
    });
  });
});
