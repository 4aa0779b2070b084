// What a request causes elsewhere: the order of calls, what they take, and how their failures spread.
import { describe, expect, it } from 'vitest';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { Workload } from '../../../trainer/environment/workload.js';
import { arrivalsOf, serve } from './fifo.js';
import { compiled, expectSame, finished, ofEndpoints, run, simulator, sum, textbook } from './support.js';

const WAY_MS = 2;
const TIMES = { web: 5, a: 3, b: 4, c: 11, d: 20 };
type Name = keyof typeof TIMES;
type Calls = Partial<Record<Name, object[]>>;

/** Deterministic times and slots without end: a request takes what its calls take. */
function graph(calls: Calls, services: Partial<Record<Name, object>> = {}, rest: object = {}): Scenario {
  const all = Object.entries(TIMES).map(([name, meanMs]) => ({
    name,
    endpoints: [{ workers: 1000 }],
    serviceTime: { kind: 'deterministic', meanMs },
    calls: calls[name as Name] ?? [],
    ...services[name as Name],
  }));
  const load = { utilisation: 0.001 };
  return textbook({}, { services: all, requests: 500, warmup: 0, networkMs: WAY_MS / 2, load, ...rest });
}
const follow = (service: Name, more: object = {}) => ({ service, ...more });
const beside = (service: Name, more: object = {}) => ({ service, mode: 'parallel', ...more });
const requests = (scenario: Scenario) => {
  const mesh = finished(scenario);
  return scenario.services.map((_, i) => sum(ofEndpoints(mesh, 'requests', i)));
};

describe('the time of a request', () => {
  const [web, a, b, c, d] = Object.values(TIMES).map((ms) => ms + WAY_MS) as [
    number,
    number,
    number,
    number,
    number,
  ];
  it.each<[string, Calls, number]>([
    ['one call after the other', { web: [follow('a'), follow('b')] }, web + a + b],
    ['all at once', { web: [beside('a'), beside('b'), beside('c')] }, web + c],
    [
      'neighbours that are parallel together, the others in turn',
      { web: [follow('a'), beside('b'), beside('c'), follow('d')] },
      web + a + c + d,
    ],
    ['a call between two parallel ones', { web: [beside('c'), follow('a'), beside('b')] }, web + c + a + b],
    ['calls of calls', { web: [follow('a')], a: [beside('b'), beside('d')] }, web + a + d],
    ['the same service twice', { web: [follow('a'), beside('a'), beside('a')] }, web + a + a],
    ['no call', {}, web],
  ])('is that of %s', (_, calls, expected) => {
    const mesh = finished(graph(calls));
    expect(mesh.figure('answered')).toBe(500);
    expectSame(mesh.figure('latencySum') / 500, expected);
    // Every one of them.
    expect(mesh.figure('latencySquares') / 500 - expected ** 2).toBeCloseTo(0, 4);
  });

  it('has the calls that chance says, job by job', () => {
    const calls = [
      follow('a', { probability: 0.3 }),
      beside('c', { probability: 0.6 }),
      follow('b', { probability: 0 }),
    ];
    const scenario = graph({ web: calls });
    const workload = new Workload(compiled, scenario);
    const made = arrivalsOf(scenario).map(({ key }) =>
      [0, 1, 2].map((i) => workload.call('web', key, i) !== undefined),
    );
    const expected = made.map(([first, second]) => web + (first ? a : 0) + (second ? c : 0));
    expectSame(finished(scenario).figure('latencySum'), sum(expected));
    const count = (i: number) => made.filter((each) => each[i]).length;
    expect(requests(scenario)).toEqual([500, count(0), 0, count(1), 0]);
    expect(count(0) * count(1)).toBeGreaterThan(0);
  });

  it('leaves the slot free while calls run', () => {
    const load = { utilisation: 0.8 };
    const scenario = graph(
      { web: [follow('d')] },
      { web: { endpoints: [{ workers: 1 }], queueLimit: 1e9 } },
      { load },
    );
    const { times } = serve(arrivalsOf(scenario), 1);
    const mesh = simulator(scenario);
    expectSame(finished(scenario).figure('latencySum'), sum(times) + 500 * (WAY_MS + TIMES.d + WAY_MS));
    // Those that wait for their calls are still in flight behind the sidecar.
    mesh.advance(1000);
    expect(mesh.serverFigure(0, 0, 'inFlight')).toBeGreaterThan(2);
    expect(mesh.serverFigure(0, 0, 'jobsArea')).toBeLessThan(0.8 * 1000 * 4);
  });
});

describe('a call that fails', () => {
  const broken = { errorRate: 1 };

  it('fails the caller, and what would come after it is not called', () => {
    const scenario = graph({ web: [follow('a'), follow('b'), follow('c')] }, { b: broken });
    const { errorKinds, errors } = run(scenario);
    expect([errors, errorKinds.failed]).toEqual([500, 500]);
    expect(requests(scenario)).toEqual([500, 500, 500, 0, 0]);
  });

  it('waits for those beside it', () => {
    const scenario = graph({ web: [beside('a'), beside('d'), follow('c')] }, { a: broken });
    expect(requests(scenario)).toEqual([500, 500, 0, 0, 500]);
    // `web`, then `d`: the failure of `a` was there long before.
    expectSame(finished(scenario).figure('sojournSum') / 500, 5 + WAY_MS + 20 + WAY_MS);
  });

  it('fails through all levels', () => {
    const scenario = graph({ web: [follow('a')], a: [follow('b')], b: [follow('c')] }, { c: broken });
    expect(run(scenario).errorKinds.failed).toBe(500);
    expect(requests(scenario)).toEqual([500, 500, 500, 500, 0]);
  });

  it('may be one that finds no endpoint', () => {
    const faults = [{ kind: 'remove', service: 'b', endpoint: 0, atSeconds: 0 }];
    const scenario = graph({ web: [follow('a'), beside('b'), beside('c')] }, {}, { faults });
    expect(run(scenario).errorKinds.failed).toBe(500);
    expect(requests(scenario)).toEqual([500, 500, 0, 500, 0]);
    // It fails at once, and what would come after it is not called either.
    const first = graph({ web: [follow('b'), follow('c')] }, {}, { faults });
    expect(requests(first)).toEqual([500, 0, 0, 0, 0]);
  });

  it('takes as long as its client waits: then the one before it has given up, too', () => {
    const scenario = graph({ web: [follow('d')] }, {}, { timeoutMs: 15 });
    const mesh = finished(scenario);
    expect(mesh.figure('timeout')).toBe(500);
    expectSame(mesh.figure('latencySum') / 500, 15);
    // The callee does not know, and works.
    expectSame(sum(ofEndpoints(mesh, 'busyArea', 4)), 500 * TIMES.d);
  });
});
