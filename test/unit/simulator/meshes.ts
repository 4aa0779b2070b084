// Valid scenarios at random: all kinds of everything, and values at the edge of what a file may say.
import fc from 'fast-check';
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { validate } from './support.js';

const unit = fc.integer({ min: 0, max: 1_000_000 }).map((n) => n / 1_000_000);
/** Even on the scale of the logarithm. */
const amount = (least: number, most: number) => unit.map((u) => least * (most / least) ** u);
const share = fc.oneof(fc.constantFrom(0, 1), unit);
const among = <T>(...values: T[]) => fc.constantFrom(...values);

const serviceTime = fc.oneof(
  fc.record({ kind: among('exponential'), meanMs: amount(0.01, 100) }),
  fc.record({ kind: among('lognormal'), meanMs: amount(0.01, 100), sigma: among(0, 0.3, 1, 3) }),
  fc.record({ kind: among('pareto'), meanMs: amount(0.01, 100), alpha: among(1.0001, 1.2, 2.5, 50) }),
  fc.record({ kind: among('deterministic'), meanMs: amount(0.01, 100) }),
  fc.record({
    kind: among('empirical'),
    samplesMs: fc.array(amount(0.001, 100), { minLength: 1, maxLength: 5 }),
  }),
);

const pattern = fc.oneof(
  fc.record({ kind: among('steady') }),
  // A part of 1 leaves nothing for the time between bursts.
  fc
    .record({ share: among(0.01, 0.3, 0.99), part: among(0.1, 0.7, 1), meanSeconds: amount(1e-9, 100) })
    .map(({ part, ...burst }) => ({ kind: 'burst', ...burst, factor: part / burst.share })),
  fc.record({ kind: among('diurnal'), amplitude: share, periodSeconds: amount(1e-9, 1000) }),
  fc.record({
    kind: among('ramp'),
    from: among(0, 0.5, 3),
    to: among(0.1, 1, 3),
    seconds: amount(1e-9, 100),
  }),
  fc.record({
    kind: among('trace'),
    rates: fc.array(among(0, 1, 1000), { maxLength: 6 }).map((rates) => [...rates, 1]),
    stepSeconds: amount(1e-4, 100),
  }),
);

const group = fc.record({ speed: amount(0.05, 20), workers: among(1, 2, 4, 200), count: among(1, 2, 3) });
const endpoints = fc.oneof(
  { weight: 9, arbitrary: fc.array(group, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: among([{ speed: 1, workers: 1, count: 256 }]) },
);

const classes = fc.oneof(
  among([]),
  fc.tuple(share, amount(0.01, 100), amount(0.01, 100)).map(([of, a, b]) => [
    { path: '/a', share: of, factor: a },
    { path: '/b', share: 1 - of, factor: b },
  ]),
);

const service = fc.record({
  endpoints,
  serviceTime,
  classes,
  queueLimit: among(0, 1, 10, 1000, Number.MAX_SAFE_INTEGER),
  errorRate: among(0, 0, 0, 0.05, 1),
});

const call = fc.record({ to: fc.nat(), probability: share, mode: among('sequential', 'parallel') });
/** Each service may call those after it, so that there is no cycle. */
const graph = (services: readonly object[]) =>
  fc.tuple(
    ...services.map((each, i) =>
      fc.array(call, { maxLength: i + 1 < services.length ? 3 : 0 }).map((calls) => ({
        name: `s${i}`,
        ...each,
        calls: calls.map(({ to, ...rest }) => ({
          service: `s${i + 1 + (to % (services.length - i - 1))}`,
          ...rest,
        })),
      })),
    ),
  );

const seconds = fc.oneof(among(0, 1e6), amount(0.001, 100));
const KINDS = ['slow', 'down', 'down', 'errors', 'add', 'remove', 'random-slow'] as const;
const fault = (counts: readonly number[]) =>
  fc
    .record({
      kind: among(...KINDS),
      service: fc.nat(counts.length - 1),
      endpoint: fc.nat(),
      from: seconds,
      length: fc.option(amount(0.001, 100), { nil: undefined }),
      rate: share,
      factor: amount(0.001, 10),
      on: amount(1e-6, 10),
      off: amount(1e-6, 10),
    })
    .map(({ kind, service, from, length, rate, factor, on, off, ...rest }) => {
      const name = `s${service}`;
      const endpoint = rest.endpoint % counts[service]!;
      if (kind === 'random-slow')
        return { kind, service: name, share: rate, factor, meanOnSeconds: on, meanOffSeconds: off };
      if (kind === 'add' || kind === 'remove') return { kind, service: name, endpoint, atSeconds: from };
      const to = length === undefined ? {} : { toSeconds: from + length };
      const value = kind === 'slow' ? { factor } : kind === 'errors' ? { rate } : {};
      return { kind, service: name, endpoint, fromSeconds: from, ...to, ...value };
    });
/** Every endpoint of the entry: down for good, or gone. */
const doom = (count: number) =>
  fc.tuple(among('down', 'remove'), seconds).map(([kind, at]) =>
    Array.from({ length: count }, (_, endpoint) => ({
      kind,
      service: 's0',
      endpoint,
      ...(kind === 'down' ? { fromSeconds: at } : { atSeconds: at }),
    })),
  );

/** What a mesh is run with, but for its services. */
const setting = {
  seed: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  requests: fc.integer({ min: 1, max: 1500 }),
  warmup: among(0, 0, 100),
  proxies: among(1, 2, 9),
  workersPerProxy: among(1, 2, 5),
  networkMs: fc.oneof(among(0, 0, 0.5), amount(1e-12, 100)),
  timeoutMs: fc.oneof(among(10_000), amount(1e-12, 1e5)),
  load: fc.record({ utilisation: amount(0.05, 5), pattern }),
  signals: fc.record({ serverLoad: fc.boolean(), fleetViewMs: among(0, 100, 250) }),
};

export const meshes: fc.Arbitrary<Scenario> = fc
  .array(service, { minLength: 1, maxLength: 4 })
  .chain((services) => {
    const counts = services.map((each) => each.endpoints.reduce((sum, { count }) => sum + count, 0));
    const some = fc.array(fault(counts), { maxLength: 4 });
    const faults = fc.oneof({ weight: 9, arbitrary: some }, { weight: 1, arbitrary: doom(counts[0]!) });
    return fc.record({ ...setting, services: graph(services), faults });
  })
  .map(validate);
