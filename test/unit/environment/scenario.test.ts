import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { arrivalRate, expandEndpoints } from '../../../trainer/environment/capacity.js';
import {
  loadScenario,
  parseScenario,
  ScenarioError,
  validateScenario,
} from '../../../trainer/environment/scenario.js';

/** The example of DESIGN 5.5. */
const EXAMPLE = {
  name: 'uneven-burst',
  seed: 7,
  requests: 20000,
  warmup: 2000,
  proxies: 8,
  workersPerProxy: 2,
  networkMs: 0.5,
  services: [
    {
      name: 'api',
      endpoints: [
        { speed: 1.0, workers: 4 },
        { speed: 0.4, workers: 2, count: 3 },
      ],
      serviceTime: { kind: 'lognormal', meanMs: 10, sigma: 1.0 },
      classes: [
        { path: '/cheap', share: 0.8, factor: 0.5 },
        { path: '/heavy', share: 0.2, factor: 3.0 },
      ],
      queueLimit: 1000,
      errorRate: 0.0,
      calls: [{ service: 'db', probability: 1.0, mode: 'sequential' }],
    },
    { name: 'db' },
  ],
  load: {
    service: 'api',
    utilisation: 0.85,
    pattern: { kind: 'burst', factor: 1.5, share: 0.3, meanSeconds: 1.0 },
  },
  faults: [{ kind: 'slow', service: 'api', endpoint: 2, fromSeconds: 5, toSeconds: 15, factor: 0.3 }],
  signals: { serverLoad: true, fleetViewMs: 250 },
};

function problems(raw: unknown): readonly string[] {
  try {
    validateScenario(raw, 's.json');
  } catch (error) {
    if (error instanceof ScenarioError) return error.problems;
    throw error;
  }
  return [];
}
const one = (service: object, rest: object = {}) => ({ services: [{ name: 'api', ...service }], ...rest });

describe('a valid scenario', () => {
  it('is what the file says, complete with defaults', () => {
    const scenario = validateScenario(EXAMPLE, 's.json');
    expect(scenario).toMatchObject({
      ...EXAMPLE,
      services: [{ calls: EXAMPLE.services[0]!.calls }, { name: 'db' }],
    });
    expect(scenario.services[1]).toMatchObject({ classes: [], calls: [], queueLimit: 1000, errorRate: 0 });
  });

  it('needs nothing but services', () => {
    const scenario = parseScenario('{ "services": [{}] }', '/some/where/small.json');
    expect(scenario).toMatchObject({
      name: 'small',
      load: { service: 'service-0', pattern: { kind: 'steady' } },
      signals: { serverLoad: true, fleetViewMs: 250 },
      services: [{ name: 'service-0', endpoints: [{ speed: 1, workers: 4, count: 1 }] }],
    });
  });

  it('puts load and faults on the first service unless told otherwise', () => {
    const scenario = validateScenario({ ...one({}), faults: [{ kind: 'down' }] }, 's.json');
    expect(scenario.load.service).toBe('api');
    expect(scenario.faults).toEqual([{ kind: 'down', service: 'api', endpoint: 0, fromSeconds: 0 }]);
  });

  it('expands groups of endpoints and derives the arrival rate from the utilisation', () => {
    const scenario = validateScenario(EXAMPLE, 's.json');
    expect(expandEndpoints(scenario.services[0]!).map((e) => e.speed)).toEqual([1, 0.4, 0.4, 0.4]);
    // (1 x 4 + 3 x 0.4 x 2) slots / 10 ms = 640 a second.
    expect(arrivalRate(scenario)).toBeCloseTo(0.85 * 640, 9);
  });

  it('may be any file of bench/scenarios', () => {
    const folder = join(import.meta.dirname, '../../../bench/scenarios');
    const files = readdirSync(folder, { encoding: 'utf8', recursive: true }).filter((f) =>
      f.endsWith('.json'),
    );
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect(() => loadScenario(join(folder, file))).not.toThrow();
  });
});

describe('an invalid scenario', () => {
  it('is reported with every problem at once', () => {
    const raw = {
      services: [{ name: 'api', endpoints: [{}, { speed: 'fast' }], calls: [{ service: 'db' }], quue: 1 }],
      load: { service: 'web', utilisation: -1 },
    };
    expect(problems(raw)).toEqual([
      's.json: $.services[0].endpoints[1].speed: expected a number > 0, got "fast"',
      's.json: $.services[0].quue: unknown field',
      's.json: $.load.utilisation: expected a number > 0, got -1',
      's.json: $.services[0].calls[0].service: expected the name of a service, got "db"',
      's.json: $.load.service: expected the name of a service, got "web"',
    ]);
  });

  it.each([
    [[], '$: expected an object, got an empty list'],
    [{}, '$.services: expected a list that is not empty, got nothing'],
    [{ services: [] }, '$.services: expected a list that is not empty, got an empty list'],
    [one({ endpoints: [] }), '$.services[0].endpoints: expected a list that is not empty, got an empty list'],
    [
      one({ endpoints: [{ workers: 1.5 }] }),
      '$.services[0].endpoints[0].workers: expected a whole number >= 1, got 1.5',
    ],
    [
      one({ endpoints: [{ count: 300 }] }),
      '$.services[0].endpoints: expected at most 256 endpoints, got 300',
    ],
    [
      one({ serviceTime: { kind: 'pareto', meanMs: 5, alpha: 1 } }),
      '$.services[0].serviceTime.alpha: expected a number > 1, got 1',
    ],
    [
      one({ serviceTime: { kind: 'gamma' } }),
      '$.services[0].serviceTime.kind: expected one of "exponential", "lognormal", "pareto", "deterministic", "empirical", got "gamma"',
    ],
    [
      one({
        classes: [
          { path: '/a', share: 0.5 },
          { path: '/b', share: 0.4 },
        ],
      }),
      '$.services[0].classes: expected shares with a sum of 1, got 0.9',
    ],
    [
      one({}, { faults: [{ kind: 'down', endpoint: 1 }] }),
      '$.faults[0].endpoint: expected an index below 1, the endpoints of "api", got 1',
    ],
    [
      one({}, { faults: [{ kind: 'slow', fromSeconds: 5, toSeconds: 5 }] }),
      '$.faults[0].toSeconds: expected a number > fromSeconds (5), got 5',
    ],
    [
      one({}, { load: { pattern: { kind: 'burst', factor: 4, share: 0.5 } } }),
      '$.load.pattern.factor: expected factor x share <= 1, got 2',
    ],
    [
      one({}, { load: { pattern: { kind: 'trace', rates: [0, 0] } } }),
      '$.load.pattern.rates: expected at least one rate > 0, got only 0',
    ],
    [
      {
        services: [
          { name: 'a', calls: [{ service: 'b' }] },
          { name: 'b', calls: [{ service: 'a' }] },
        ],
      },
      '$.services[0].calls: expected calls without a cycle, got a -> b -> a',
    ],
    [
      { services: [{ name: 'a' }, { name: 'a' }] },
      '$.services[1].name: expected a name of its own, got "a" again',
    ],
  ])('names the field: %j', (raw, line) => {
    expect(problems(raw)).toEqual([`s.json: ${line}`]);
  });

  it('names the file where it is not JSON or not there', () => {
    expect(() => parseScenario('{ "services"', 's.json')).toThrow(/^s\.json: \$: expected JSON, got /);
    expect(() => loadScenario('/no/such.json')).toThrow(/^\/no\/such\.json: \$: cannot be read: ENOENT/);
  });
});

describe('whatever the file holds', () => {
  const acceptsOrReports = (text: string) => {
    try {
      parseScenario(text, 's.json');
    } catch (error) {
      expect(error).toBeInstanceOf(ScenarioError);
      for (const line of (error as ScenarioError).problems) expect(line).toMatch(/^s\.json: \$[^\n]*$/);
    }
  };

  it('never throws anything else on garbage', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), acceptsOrReports), { numRuns: 300, seed: 1 });
  });

  it('never throws anything else on a damaged scenario', () => {
    const paths = leaves(EXAMPLE);
    const damage = fc.record({ path: fc.constantFrom(...paths), value: fc.jsonValue(), drop: fc.boolean() });
    const property = fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (changes) => {
      const copy = structuredClone(EXAMPLE) as unknown;
      for (const { path, value, drop } of changes) replace(copy, path, drop ? undefined : value);
      acceptsOrReports(JSON.stringify(copy));
    });
    fc.assert(property, { numRuns: 500, seed: 2 });
  });
});

function leaves(value: unknown, path: string[] = []): string[][] {
  if (typeof value !== 'object' || value === null) return [path];
  return [
    ...(path.length ? [path] : []),
    ...Object.entries(value).flatMap(([k, v]) => leaves(v, [...path, k])),
  ];
}

function replace(root: unknown, path: readonly string[], value: unknown): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], root);
  if (typeof parent === 'object' && parent !== null)
    (parent as Record<string, unknown>)[path.at(-1)!] = value;
}
