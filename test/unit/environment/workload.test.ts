import { describe, expect, it } from 'vitest';
import { meanServiceMs } from '../../../trainer/environment/capacity.js';
import {
  validateScenario,
  type LoadPattern,
  type Scenario,
  type ServiceTime,
} from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { isJobKey, Workload, type EntryJob } from '../../../trainer/environment/workload.js';

const compiled = loadSimulator();
const validate = (raw: object): Scenario => validateScenario(raw, 'test.json');
const workload = (raw: object) => new Workload(compiled, validate(raw));
const take = (from: Workload, n: number): EntryJob[] => Array.from({ length: n }, () => from.next());
const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const mean = (values: readonly number[]) => sum(values) / values.length;

describe('the requests of a workload', () => {
  /** Four workers and a mean of 40 ms: at `utilisation` 1 a hundred a second. */
  const RATE = 100;
  const load = (pattern: LoadPattern, seed = 11): Workload =>
    workload({
      seed,
      services: [{ name: 'api', serviceTime: { meanMs: 40 } }],
      load: { utilisation: 1, pattern },
    });
  function countUntil(pattern: LoadPattern, from: number, to: number): number {
    const requests = load(pattern);
    for (let count = 0; ;) {
      const seconds = requests.next().atMs / 1000;
      if (seconds >= to) return count;
      if (seconds >= from) count++;
    }
  }
  /** Four standard deviations of a Poisson count. */
  const poisson = (count: number) => 4 * Math.sqrt(count);
  const expectCount = (pattern: LoadPattern, from: number, to: number, count: number) =>
    expect(Math.abs(countUntil(pattern, from, to) - count)).toBeLessThan(poisson(count));

  it('come in order, repeat for a seed and differ between seeds', () => {
    const times = (seed: number) => take(load({ kind: 'steady' }, seed), 100).map(({ atMs }) => atMs);
    expect(times(2)).toEqual(times(2));
    expect(times(2)).not.toEqual(times(3));
    // Lower and upper half of the seed both count.
    expect(times(2)).not.toEqual(times(2 + 2 ** 32));
    expect(times(2)).toEqual(times(2).toSorted((a, b) => a - b));
  });

  it('keep the rate of a steady load', () => {
    expectCount({ kind: 'steady' }, 0, 200, RATE * 200);
  });

  it('keep the long-run mean of bursts', () => {
    const pattern = { kind: 'burst', factor: 2, share: 0.25, meanSeconds: 0.5 } as const;
    const [seconds, quiet, off] = [400, 2 / 3, 1.5];
    // Integral of a two-state process: variance 2 T p (1 - p) (high - low)^2 / (1 / on + 1 / off).
    const modulation = (2 * seconds * 0.25 * 0.75 * (2 - quiet) ** 2) / (1 / 0.5 + 1 / off);
    const deviation = Math.sqrt(RATE * seconds + RATE ** 2 * modulation);
    expect(Math.abs(countUntil(pattern, 0, seconds) - RATE * seconds)).toBeLessThan(4 * deviation);
  });

  it('are more in bursts than between them', () => {
    const pattern = { kind: 'burst', factor: 3, share: 0.3, meanSeconds: 2 } as const;
    const requests = load(pattern);
    const perSecond = new Array<number>(60).fill(0);
    for (let at = requests.next().atMs; at < 60_000; at = requests.next().atMs)
      perSecond[Math.floor(at / 1000)]!++;
    const average = mean(perSecond);
    const variance = mean(perSecond.map((count) => (count - average) ** 2));
    expect(variance).toBeGreaterThan(5 * average);
  });

  it('follow the sine of a diurnal load, which keeps its mean over a period', () => {
    const pattern = { kind: 'diurnal', amplitude: 0.8, periodSeconds: 100 } as const;
    expectCount(pattern, 0, 200, 20_000);
    // The mean of 1 + 0.8 sin over the first half period is 1 + 1.6 / pi.
    expectCount(pattern, 0, 50, RATE * 50 * (1 + 1.6 / Math.PI));
  });

  it('follow a ramp, which stays where it ends', () => {
    const pattern = { kind: 'ramp', from: 0, to: 2, seconds: 50 } as const;
    expectCount(pattern, 0, 50, 5_000);
    expectCount(pattern, 50, 100, 10_000);
  });

  it('repeat a trace relative to its mean', () => {
    const pattern: LoadPattern = { kind: 'trace', rates: [300, 0, 600], stepSeconds: 10 };
    for (const start of [0, 30]) {
      expectCount(pattern, start, start + 10, 1_000);
      expect(countUntil(pattern, start + 10, start + 20)).toBe(0);
      expectCount(pattern, start + 20, start + 30, 2_000);
    }
  });

  it('are the same whatever the number of proxies, and go through all of them alike', () => {
    const through = (proxies: number) => take(workload({ proxies, services: [{ name: 'api' }] }), 2000);
    const jobs = (requests: EntryJob[]) => requests.map(({ atMs, key, ms }) => [atMs, key, ms]);
    expect(jobs(through(2))).toEqual(jobs(through(7)));
    for (const proxy of [0, 1, 2, 3]) {
      const share = through(4).filter((request) => request.proxy === proxy).length;
      expect(Math.abs(share - 500)).toBeLessThan(4 * Math.sqrt(2000 * 0.25 * 0.75));
    }
  });
});

describe('the jobs of a workload', () => {
  const N = 40_000;
  /** Four standard errors, from the coefficient of variation. */
  const tolerance = (meanMs: number, variation: number, n = N) => (4 * meanMs * variation) / Math.sqrt(n);

  const KINDS: [ServiceTime, number][] = [
    [{ kind: 'exponential', meanMs: 10 }, 1],
    [{ kind: 'lognormal', meanMs: 10, sigma: 1 }, Math.sqrt(Math.E - 1)],
    // Pareto: variation 1 / sqrt(alpha (alpha - 2)).
    [{ kind: 'pareto', meanMs: 10, alpha: 4 }, 1 / Math.sqrt(8)],
    [{ kind: 'deterministic', meanMs: 10 }, 1e-9],
    [{ kind: 'empirical', samplesMs: [5, 5, 20] }, Math.sqrt(50) / 10],
  ];
  it.each(KINDS)('keep the mean of %o', (serviceTime, variation) => {
    const sizes = take(workload({ services: [{ name: 'api', serviceTime }] }), N).map(({ ms }) => ms);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
    expect(Math.abs(mean(sizes) - 10)).toBeLessThan(tolerance(10, variation));
    expect(meanServiceMs(serviceTime)).toBe(10);
  });

  const classes = [
    { path: '/cheap', share: 0.8, factor: 0.5 },
    { path: '/heavy', share: 0.2, factor: 3 },
  ];
  const ofClasses = take(
    workload({ services: [{ name: 'api', serviceTime: { kind: 'exponential', meanMs: 10 }, classes }] }),
    N,
  );
  const heavy = ofClasses.filter(({ path }) => path === '/heavy').map(({ ms }) => ms);

  it('have classes by their share', () => {
    expect(Math.abs(heavy.length / N - 0.2)).toBeLessThan(4 * Math.sqrt((0.2 * 0.8) / N));
  });

  it('have factors scaled so that the mean stays', () => {
    // Mean factor 0.8 x 0.5 + 0.2 x 3 = 1; its second moment 2, times 2 for the exponential: variation sqrt(3).
    expect(Math.abs(mean(ofClasses.map(({ ms }) => ms)) - 10)).toBeLessThan(tolerance(10, Math.sqrt(3)));
    expect(Math.abs(mean(heavy) - 30)).toBeLessThan(tolerance(30, 1, heavy.length));
  });

  it('are at the root of a service without classes, and follow from their key', () => {
    const jobs = workload({ services: [{ name: 'api', serviceTime: { kind: 'exponential', meanMs: 3 } }] });
    const { key, path, ms } = jobs.next();
    expect(path).toBe('/');
    expect(isJobKey(key)).toBe(true);
    expect(jobs.job('api', key)).toEqual({ key, path, ms });
  });

  it('differ for each request that comes without one', () => {
    const jobs = workload({ services: [{ name: 'api', endpoints: [{ count: 2 }] }] });
    const keys = Array.from({ length: 100 }, (_, i) => jobs.foreignJob('api', i % 2).key);
    expect(new Set(keys).size).toBe(100);
    expect(keys.every(isJobKey)).toBe(true);
  });

  it('fail by the rate, each job for good', () => {
    const jobs = workload({ services: [{ name: 'api' }] });
    const keys = take(jobs, 10_000).map(({ key }) => key);
    const failing = keys.filter((key) => jobs.fails(key, 0.3));
    expect(Math.abs(failing.length / 10_000 - 0.3)).toBeLessThan(4 * Math.sqrt((0.3 * 0.7) / 10_000));
    expect(failing.every((key) => jobs.fails(key, 0.3) && jobs.fails(key, 0.6))).toBe(true);
    expect(keys.some((key) => jobs.fails(key, 0))).toBe(false);
  });
});

describe('the condition of an endpoint', () => {
  const well = { speedFactor: 1, down: false, errorRate: 0 };
  const period = { service: 'api', endpoint: 1, fromSeconds: 5, toSeconds: 10 };
  const at = (faults: object[], seconds: number[], endpoint = 1, more: object = {}) => {
    const services = [{ name: 'api', endpoints: [{ count: 4 }], ...more }];
    const conditions = workload({ services, faults });
    return seconds.map((s) => conditions.condition('api', endpoint, s * 1000));
  };

  it('is that of a fault from its begin to before its end', () => {
    const slow = { ...well, speedFactor: 0.3 };
    expect(at([{ kind: 'slow', ...period, factor: 0.3 }], [0, 5, 9.9, 10])).toEqual([well, slow, slow, well]);
    expect(at([{ kind: 'down', ...period }], [4, 6]).map((c) => c.down)).toEqual([false, true]);
    expect(at([{ kind: 'errors', ...period, rate: 0.2 }], [6])[0]!.errorRate).toBe(0.2);
  });

  it('lasts where a fault has no end, and is of that endpoint alone', () => {
    const fault = { kind: 'down', service: 'api', endpoint: 1, fromSeconds: 5 };
    expect(at([fault], [1e9])[0]!.down).toBe(true);
    expect(at([fault], [6], 0)).toEqual([well]);
  });

  it('is down before `add` and after `remove`', () => {
    const moments = [
      { kind: 'add', service: 'api', endpoint: 1, atSeconds: 3 },
      { kind: 'remove', service: 'api', endpoint: 1, atSeconds: 8 },
    ];
    expect(at(moments, [0, 3, 7, 8]).map((c) => c.down)).toEqual([true, false, false, true]);
  });

  it('multiplies slowdowns that overlap, and takes the highest rate of errors', () => {
    const slow = { kind: 'slow', ...period, factor: 0.5 };
    expect(at([slow, slow], [6])[0]!.speedFactor).toBe(0.25);
    const errors = { kind: 'errors', ...period, rate: 0.2 };
    expect(at([errors], [6, 11], 1, { errorRate: 0.1 }).map((c) => c.errorRate)).toEqual([0.2, 0.1]);
  });

  it('is slow at random for a share of the endpoints, for the given times', () => {
    const fault = {
      kind: 'random-slow',
      service: 'api',
      share: 0.5,
      factor: 0.2,
      meanOnSeconds: 2,
      meanOffSeconds: 6,
    };
    const seconds = Array.from({ length: 20_000 }, (_, i) => i * 0.5);
    const slowShare = [0, 1, 2, 3].map((endpoint) => {
      const conditions = at([fault], seconds, endpoint);
      return conditions.filter((c) => c.speedFactor === 0.2).length / seconds.length;
    });
    expect(slowShare.filter((share) => share === 0)).toHaveLength(2);
    // Share of time of a two-state process over T: variance 2 p^2 (1 - p)^2 (on + off) / T at most.
    const within = 4 * Math.sqrt((2 * 0.25 ** 2 * 0.75 ** 2 * 8) / 10_000);
    for (const share of slowShare.filter((s) => s > 0)) expect(Math.abs(share - 0.25)).toBeLessThan(within);
  });
});

describe('what is handed out and what is simulated', () => {
  const scenario = validate({
    seed: 23,
    requests: 3000,
    warmup: 500,
    proxies: 3,
    networkMs: 0.2,
    timeoutMs: 1e6,
    services: [
      {
        name: 'web',
        endpoints: [{ count: 2 }],
        serviceTime: { kind: 'exponential', meanMs: 10 },
        classes: [
          { path: '/a', share: 0.7, factor: 1 },
          { path: '/b', share: 0.3, factor: 4 },
        ],
        calls: [{ service: 'api' }, { service: 'db', probability: 0.4, mode: 'parallel' }],
      },
      { name: 'api', serviceTime: { meanMs: 5 }, calls: [{ service: 'db', probability: 0.6 }] },
      { name: 'db', endpoints: [{ count: 2 }], serviceTime: { kind: 'pareto', meanMs: 4 } },
    ],
    load: { utilisation: 0.6, pattern: { kind: 'burst' } },
  });
  const workloadOf = () => new Workload(compiled, scenario);

  /** Jobs by service for all requests, each with what it causes. */
  function handedOut(): Map<string, number[]> {
    const jobs = workloadOf();
    const sizes = new Map(scenario.services.map(({ name }) => [name, [] as number[]]));
    const add = (service: string, key: string, ms: number): void => {
      sizes.get(service)!.push(ms);
      for (const [place, call] of scenario.services.find(({ name }) => name === service)!.calls.entries()) {
        const job = jobs.call(service, key, place);
        if (job) add(call.service, job.key, job.ms);
      }
    };
    for (const { key, ms } of take(jobs, scenario.requests + scenario.warmup)) add('web', key, ms);
    return sizes;
  }

  it('are the same arrivals', () => {
    const simulator = new Simulator(compiled, scenario, { policy: 'random' });
    const jobs = workloadOf();
    for (let count = 0; count < 200; count++) {
      const { atMs } = jobs.next();
      simulator.advance(atMs - 1e-6);
      expect(simulator.figure('arrived')).toBe(count);
      simulator.advance(atMs + 1e-6);
      expect(simulator.figure('arrived')).toBe(count + 1);
    }
  });

  it('are the same jobs at every service, whoever balances', () => {
    const sizes = handedOut();
    for (const policy of ['round-robin', 'least-request'] as const) {
      const simulator = new Simulator(compiled, scenario, { policy });
      simulator.run();
      for (const [place, { name, endpoints }] of scenario.services.entries()) {
        const of = (figure: 'requests' | 'busyArea') =>
          sum(
            Array.from({ length: endpoints[0]!.count }, (_, i) => simulator.serverFigure(place, i, figure)),
          );
        expect(of('requests')).toBe(sizes.get(name)!.length);
        // Speed 1 and no failures: slots are busy for the sizes, up to rounding.
        expect(of('busyArea') / sum(sizes.get(name)!)).toBeCloseTo(1, 6);
      }
    }
  });
});
