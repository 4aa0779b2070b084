// The shape of a scenario file and every default (docs: the scenario table). The messages name what is expected; errors.ts
// adds where and what came instead. Names that default to other names are filled in before (names.ts).
import { z } from 'zod';

/** More would not fit the plugin's endpoint table. */
export const MAX_ENDPOINTS = 256;
/** Sanity: a larger mesh is a mistake in the file. */
export const MAX_SERVICES = 256;

const numberOf = (error: string) => z.number({ error });
const positive = numberOf('a number > 0').gt(0, 'a number > 0');
const notNegative = numberOf('a number >= 0').gte(0, 'a number >= 0');
const share = numberOf('a number from 0 to 1').gte(0, 'a number from 0 to 1').lte(1, 'a number from 0 to 1');
const innerShare = numberOf('a number between 0 and 1')
  .gt(0, 'a number between 0 and 1')
  .lt(1, 'a number between 0 and 1');
const whole = (min: number, error = `a whole number >= ${min}`) => z.int({ error }).gte(min, error);

const NAME = 'a name of letters, digits, ".", "_" and "-", at most 63';
const name = z.string({ error: NAME }).regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/, NAME);
const PATH = 'a path that begins with "/" and has no spaces';
const path = z.string({ error: PATH }).regex(/^\/[!-~]*$/, PATH);

const object = <S extends z.core.$ZodLooseShape>(shape: S) => z.strictObject(shape, { error: 'an object' });
const list = <T extends z.ZodType>(item: T, min = 0) => {
  const error = min === 0 ? 'a list' : 'a list that is not empty';
  return z.array(item, { error }).min(min, error);
};

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
/** `{ "meanMs": 5 }` without a kind means the default kind. */
const withKind = <T extends z.ZodType>(kind: string, union: T) =>
  z.preprocess((value) => (isRecord(value) && !('kind' in value) ? { kind, ...value } : value), union);
const oneOf = (...kinds: string[]) => ({ error: `one of ${kinds.map((k) => JSON.stringify(k)).join(', ')}` });

const meanMs = positive.default(10);
const serviceTime = withKind(
  'lognormal',
  z.discriminatedUnion(
    'kind',
    [
      object({ kind: z.literal('exponential'), meanMs }),
      object({ kind: z.literal('lognormal'), meanMs, sigma: notNegative.default(1) }),
      object({
        kind: z.literal('pareto'),
        meanMs,
        alpha: numberOf('a number > 1').gt(1, 'a number > 1').default(2.5),
      }),
      object({ kind: z.literal('deterministic'), meanMs }),
      object({ kind: z.literal('empirical'), samplesMs: list(positive, 1) }),
    ],
    oneOf('exponential', 'lognormal', 'pareto', 'deterministic', 'empirical'),
  ),
);

const pattern = withKind(
  'steady',
  z.discriminatedUnion(
    'kind',
    [
      object({ kind: z.literal('steady') }),
      object({
        kind: z.literal('burst'),
        factor: positive.default(1.5),
        share: innerShare.default(0.3),
        meanSeconds: positive.default(1),
      }),
      object({
        kind: z.literal('diurnal'),
        amplitude: share.default(0.5),
        periodSeconds: positive.default(60),
      }),
      object({
        kind: z.literal('ramp'),
        from: notNegative.default(0.5),
        to: positive.default(1.5),
        seconds: positive.default(60),
      }),
      object({
        kind: z.literal('trace'),
        rates: list(notNegative, 1),
        stepSeconds: positive.default(1),
      }),
    ],
    oneOf('steady', 'burst', 'diurnal', 'ramp', 'trace'),
  ),
);

const endpoint = whole(0).default(0);
/** Without `toSeconds` a fault stays. */
const period = {
  service: name,
  endpoint,
  fromSeconds: notNegative.default(0),
  toSeconds: positive.optional(),
};
const moment = { service: name, endpoint, atSeconds: notNegative.default(0) };
const fault = z.discriminatedUnion(
  'kind',
  [
    object({ kind: z.literal('slow'), ...period, factor: positive.default(0.3) }),
    object({ kind: z.literal('down'), ...period }),
    object({ kind: z.literal('errors'), ...period, rate: share.default(0.5) }),
    object({ kind: z.literal('add'), ...moment }),
    object({ kind: z.literal('remove'), ...moment }),
    object({
      kind: z.literal('random-slow'),
      service: name,
      share: share.default(0.25),
      factor: positive.default(0.3),
      meanOnSeconds: positive.default(5),
      meanOffSeconds: positive.default(15),
    }),
  ],
  oneOf('slow', 'down', 'errors', 'add', 'remove', 'random-slow'),
);

const service = object({
  name,
  endpoints: list(
    object({
      speed: positive.default(1),
      workers: whole(1).default(4),
      count: whole(1).default(1),
    }),
    1,
  ).prefault([{}]),
  serviceTime: serviceTime.prefault({}),
  classes: list(object({ path, share: share.default(1), factor: positive.default(1) })).default([]),
  queueLimit: whole(0).default(1000),
  errorRate: share.default(0),
  calls: list(
    object({
      service: name,
      probability: share.default(1),
      mode: z.enum(['sequential', 'parallel'], oneOf('sequential', 'parallel')).default('sequential'),
    }),
  ).default([]),
});

export const scenarioSchema = object({
  name: z.string({ error: 'a text' }).min(1, 'a text that is not empty'),
  seed: whole(0).default(1),
  requests: whole(1).default(20000),
  warmup: whole(0).default(2000),
  proxies: whole(1).default(4),
  workersPerProxy: whole(1).default(2),
  networkMs: notNegative.default(0.5),
  /** A request without an answer after this long has failed, at each hop. */
  timeoutMs: positive.default(10_000),
  services: list(service, 1).max(MAX_SERVICES, `at most ${MAX_SERVICES} services`),
  load: object({
    service: name,
    utilisation: positive.default(0.7),
    pattern: pattern.prefault({}),
  }),
  faults: list(fault).default([]),
  signals: object({
    serverLoad: z.boolean({ error: 'true or false' }).default(true),
    fleetViewMs: notNegative.default(250),
  }).prefault({}),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type Service = Scenario['services'][number];
export type ServiceTime = Service['serviceTime'];
export type LoadPattern = Scenario['load']['pattern'];
export type Fault = Scenario['faults'][number];
