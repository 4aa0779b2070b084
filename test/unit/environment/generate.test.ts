import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  arrivalRate,
  expandEndpoints,
  lowestCapacityShare,
  meanServiceMs,
  utilisations,
} from '../../../trainer/environment/capacity.js';
import {
  LEAST_CAPACITY,
  LEAST_REQUESTS,
  MOST_REQUESTS,
  MOST_UTILISATION,
  RANGES,
  REQUESTS_PER_PAIR,
  WARMUP_SECONDS,
  WARMUP_SHARE,
  type Range,
} from '../../../trainer/environment/families/ranges.js';
import { FAMILIES, familyNames, generateScenario } from '../../../trainer/environment/generate.js';
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';

const seeds = fc.nat({ max: 2 ** 31 });
const drawn = (family: string, seed: number) => validateScenario(generateScenario(family, seed), family);

/** A check of many draws of families, all of them unless told otherwise. */
function forAll(check: (scenario: Scenario, family: string, seed: number) => void, names = familyNames()) {
  const property = fc.property(fc.constantFrom(...names), seeds, (family, seed) => {
    check(drawn(family, seed), family, seed);
  });
  fc.assert(property, { numRuns: 1500, seed: 1 });
}
const random = familyNames().filter((name) => !familyNames('paper').includes(name));
const COLD = ['cold-start', 'starts'];
const warm = random.filter((name) => !COLD.includes(name));
const expectWithin = (value: number, [low, high]: Range) => {
  expect(value).toBeGreaterThanOrEqual(low);
  expect(value).toBeLessThanOrEqual(high);
};
const entryOf = ({ services, load }: Scenario) => services.find(({ name }) => name === load.service)!;
const seconds = (scenario: Scenario) => scenario.requests / arrivalRate(scenario);

describe('a generated scenario', () => {
  it('is valid for every family and seed', () => {
    forAll((scenario, family, seed) => {
      expect(scenario.name).toBe(`${family}-${String(seed).padStart(2, '0')}`);
    });
  });

  it('is the same for the same seed and another for another', () => {
    for (const family of random) {
      expect(generateScenario(family, 7)).toEqual(generateScenario(family, 7));
      expect({ ...generateScenario(family, 7), name: '', seed: 0 }).not.toEqual({
        ...generateScenario(family, 8),
        name: '',
        seed: 0,
      });
    }
  });

  it('has numbers that a person could have written', () => {
    for (const family of random)
      for (let seed = 1; seed <= 20; seed++)
        expect(JSON.stringify(generateScenario(family, seed))).not.toMatch(/\d\.\d{4}/);
  });

  it('keeps to the documented ranges', () => {
    forAll((scenario) => {
      const entry = entryOf(scenario);
      expectWithin(expandEndpoints(entry).length, RANGES.endpoints);
      expectWithin(scenario.proxies, RANGES.proxies);
      expectWithin(scenario.workersPerProxy, RANGES.workersPerProxy);
      expectWithin(scenario.networkMs, RANGES.networkMs);
      expectWithin(scenario.load.utilisation, [RANGES.utilisation[0], RANGES.overload[1]]);
      for (const service of scenario.services) {
        for (const { speed, workers } of service.endpoints) {
          expectWithin(speed, RANGES.speed);
          expectWithin(workers, RANGES.workers);
        }
        // Rounded samples have a mean of their own.
        expectWithin(meanServiceMs(service.serviceTime), [RANGES.meanMs[0] * 0.98, RANGES.meanMs[1] * 1.02]);
      }
    }, random);
  });

  it('has classes by even seeds, most requests in the cheap ones', () => {
    forAll((scenario, family, seed) => {
      const { classes } = entryOf(scenario);
      const always = ['requests', 'classes', 'anything'].includes(family);
      if (!always && seed % 2 === 1) {
        expect(scenario.services.flatMap((s) => s.classes)).toEqual([]);
        return;
      }
      expectWithin(classes.length, RANGES.classes);
      const factors = classes.map(({ factor }) => factor);
      const shares = classes.map(({ share }) => share);
      expect(factors).toEqual(factors.toSorted((a, b) => a - b));
      expect(shares).toEqual(shares.toSorted((a, b) => b - a));
      // Factors have two digits, which moves each by up to 5% of a 1.0: the ratio of two by up to 1.05 / 0.95.
      const off = 1.05 / 0.95;
      expectWithin(factors.at(-1) / factors[0]!, [RANGES.spread[0] / off, RANGES.spread[1] * off]);
      expect(classes.reduce((sum, { share, factor }) => sum + share * factor, 0)).toBeCloseTo(1, 1);
    }, random);
  });

  it('lasts until every proxy worker knows every endpoint, and not for ever', () => {
    forAll((scenario) => {
      const { requests, warmup, proxies, workersPerProxy } = scenario;
      const pairs = proxies * workersPerProxy * expandEndpoints(entryOf(scenario)).length;
      expectWithin(requests, [Math.max(LEAST_REQUESTS, REQUESTS_PER_PAIR * pairs), MOST_REQUESTS]);
      const needed = Math.max(requests * WARMUP_SHARE, WARMUP_SECONDS * arrivalRate(scenario));
      expectWithin(Math.ceil(warmup), [Math.floor(needed), needed + 1000]);
      expect(seconds(scenario)).toBeGreaterThan(10);
    }, warm);
  });

  it('is nothing but a start where it is a cold one', () => {
    for (let seed = 1; seed <= 50; seed++) {
      const scenario = drawn(COLD[seed % 2]!, seed);
      const { requests, warmup, proxies, workersPerProxy } = scenario;
      const pairs = proxies * workersPerProxy * expandEndpoints(entryOf(scenario)).length;
      expect(warmup).toBe(0);
      expectWithin(requests / pairs, RANGES.coldRequests);
    }
  });
});

describe('generated faults', () => {
  it('begin after the warm-up, end within the run and leave enough capacity for the load', () => {
    forAll((scenario) => {
      const { faults, warmup, requests } = scenario;
      const length = seconds(scenario);
      for (const fault of faults) {
        if (fault.kind === 'random-slow') continue;
        const from = 'atSeconds' in fault ? fault.atSeconds : fault.fromSeconds;
        const warm = (length * warmup) / requests;
        expect(from).toBeGreaterThan(warm);
        expect('toSeconds' in fault ? fault.toSeconds! : from).toBeLessThan(warm + length);
      }
      const loads = utilisations(scenario);
      for (const service of scenario.services) {
        const own = faults.filter((fault) => fault.service === service.name);
        if (own.length === 0) continue;
        const left = lowestCapacityShare(expandEndpoints(service), own);
        expect(left).toBeGreaterThanOrEqual(LEAST_CAPACITY - 0.01);
        expect(loads.get(service.name)! / left).toBeLessThanOrEqual(MOST_UTILISATION + 0.01);
      }
    }, warm);
  });

  it.each(['faults', 'slowdowns', 'outages', 'churn', 'errors', 'graphs', 'anything'])(
    'are never missing in %s',
    (family) => {
      for (let seed = 1; seed <= 100; seed++) expect(drawn(family, seed).faults).not.toEqual([]);
    },
  );
});

describe('a generated load', () => {
  it('passes capacity in the bursts of the family about them, a dozen times a run', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const scenario = drawn('bursts', seed);
      const { pattern, utilisation } = scenario.load;
      if (pattern.kind !== 'burst') throw new Error(`not a burst: ${pattern.kind}`);
      expectWithin(pattern.factor * utilisation, [1.05, RANGES.burstPeak[1]]);
      const run = (scenario.requests + scenario.warmup) / arrivalRate(scenario);
      expect((run * pattern.share) / pattern.meanSeconds).toBeGreaterThan(10);
    }
  });

  it('reaches inner services by the calls, which are sized for it', () => {
    const innerLoads = (scenario: Scenario) => [...utilisations(scenario).values()].slice(1);
    const check = (scenario: Scenario) => {
      expect(innerLoads(scenario).length).toBeGreaterThan(1);
      for (const load of innerLoads(scenario)) expectWithin(load, [0.3, 0.9]);
    };
    forAll(check, ['graphs', 'call-graph']);
  });

  it('is more than the fleet can do where that is the point, with limits that keep it finite', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const scenario = drawn('overload', seed);
      expectWithin(scenario.load.utilisation, RANGES.overload);
      const { queueLimit, endpoints, serviceTime } = entryOf(scenario);
      expectWithin(queueLimit, RANGES.overloadQueue);
      const slowest = Math.min(...endpoints.map(({ speed, workers }) => speed * workers));
      const waitMs = (queueLimit * meanServiceMs(serviceTime)) / slowest;
      expect(waitMs).toBeLessThan(scenario.timeoutMs);
    }
  });
});

describe('families', () => {
  it('are of one use each, have a summary, and are named in the error about another', () => {
    expect(new Set(familyNames()).size).toBe(FAMILIES.length);
    for (const { name, summary } of FAMILIES) {
      expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(summary).not.toBe('');
    }
    expect(() => generateScenario('calm', 1)).toThrow(/^no family calm: expected one of fleets, patterns, /);
  });
});
