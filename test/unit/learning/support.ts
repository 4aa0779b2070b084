// What the tests of learning share: networks, decisions and experiences made up, and the network in plain doubles.
import fc from 'fast-check';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import type { Network } from '../../../trainer/actor/quantise.js';
import { HIDDEN, type Decisions, type Outcomes } from '../../../trainer/environment/decisions.js';
import type { Random } from '../../../trainer/environment/random.js';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import { loadBackend, prepareTensorFlow } from '../../../trainer/learning/backend.js';
import { ExperienceLog, type Experience } from '../../../trainer/learning/experience.js';
import { actorParts, initialise, layout, networkOf } from '../../../trainer/learning/parameters.js';

prepareTensorFlow();

/** Why tfjs-node cannot be tested here; undefined where it can. */
const absent = await loadBackend('node').then(
  () => undefined,
  (error: unknown) => String(error),
);

/** For what is to hold on both. */
export const BACKENDS = [
  { choice: 'wasm', missing: undefined },
  { choice: 'node', missing: absent },
] as const;

/** Of mean 0 and variance 1 (Box and Muller, 1958). */
export const normal = (random: Random): number =>
  Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());

/** As at the start of a training, but with biases and with an output of the size that learning gives it. */
export function randomNetwork(random: Random, hidden1 = 32, hidden2 = 16): Network {
  const parts = actorParts(hidden1, hidden2).map((part) =>
    part.name === 'w3' ? { ...part, fanIn: hidden2 } : part,
  );
  const network = networkOf(initialise(layout(parts), random), layout(parts));
  for (const bias of [network.b1, network.b2])
    for (let i = 0; i < bias.length; i++) bias[i] = 0.3 * normal(random);
  return network;
}

/** Int8 features of spread 1, in units of 1/32. */
export const randomFeatures = (random: Random, length: number): Int8Array =>
  Int8Array.from({ length }, () => Math.max(-127, Math.min(127, Math.round(32 * normal(random)))));

/** The network in doubles, nothing rounded: residual of every endpoint. @param features numbers near 1 */
export function plainForward(
  network: Network,
  features: ArrayLike<number>,
  context: ArrayLike<number>,
): number[] {
  const { hidden1, hidden2, w1, v1, b1, w2, u2, b2, w3 } = network;
  const dot = (matrix: Float32Array, row: number, vector: ArrayLike<number>, width: number, from = 0) => {
    let sum = 0;
    for (let i = 0; i < width; i++) sum += matrix[row * width + i]! * vector[from + i]!;
    return sum;
  };
  const channels = (count: number, value: (j: number) => number) =>
    Array.from({ length: count }, (_, j) => value(j));
  const endpoints = features.length / FEATURES;
  const hidden = channels(endpoints, (e) => e).map((e) =>
    channels(hidden1, (j) =>
      Math.tanh(dot(w1, j, features, FEATURES, e * FEATURES) + dot(v1, j, context, CONTEXT) + b1[j]!),
    ),
  );
  const mean = channels(hidden1, (j) => hidden.reduce((sum, row) => sum + row[j]!, 0) / endpoints);
  return hidden.map((row) =>
    channels(hidden2, (j) => Math.tanh(dot(w2, j, row, hidden1) + dot(u2, j, mean, hidden1) + b2[j]!)).reduce(
      (sum, k, j) => sum + k * w3[j]!,
      0,
    ),
  );
}

export const scenario = validateScenario(
  { timeoutMs: 1000, services: [{ name: 'api', endpoints: [{ count: 3 }] }] },
  'test.json',
);

export const NO_OUTCOMES: Outcomes = {
  count: 0,
  number: new Int32Array(0),
  ending: new Int32Array(0),
  latency: new Float32Array(0),
  delayed: new Float32Array(0),
};

export interface Row {
  readonly features?: ArrayLike<number>;
  readonly base?: number;
  /** -1: cannot be chosen. */
  readonly weight?: number;
  /** In the order of HIDDEN_FIELDS. */
  readonly hidden?: ArrayLike<number>;
}

export interface Made {
  readonly rows: readonly Row[];
  /** Among its rows. */
  readonly chosen?: number;
  readonly service?: number;
  readonly context?: ArrayLike<number>;
}

/** A stretch as the simulator would hand it over. @param number of the first decision */
export function decisionsOf(made: readonly Made[], number = 0, outcomes: Outcomes = NO_OUTCOMES): Decisions {
  const rows = made.flatMap((decision) => decision.rows);
  const first = Int32Array.of(0, ...made.map((_, d) => made.slice(0, d + 1).flatMap((of) => of.rows).length));
  const flat = (values: readonly (ArrayLike<number> | undefined)[], width: number) =>
    values.flatMap((of) => Array.from({ length: width }, (_, i) => of?.[i] ?? 0));
  return {
    count: made.length,
    rows: rows.length,
    number: Int32Array.from(made, (_, d) => number + d),
    first,
    chosen: Int32Array.from(made, ({ chosen = 0 }, d) => first[d]! + chosen),
    service: Int32Array.from(made, ({ service = 0 }) => service),
    context: Int8Array.from(
      flat(
        made.map(({ context }) => context),
        CONTEXT,
      ),
    ),
    features: Int8Array.from(
      flat(
        rows.map(({ features }) => features),
        FEATURES,
      ),
    ),
    base: Float32Array.from(rows, ({ base = 0 }) => base),
    weight: Float32Array.from(rows, ({ weight = 0.5 }) => weight),
    hidden: Float32Array.from(
      flat(
        rows.map(({ hidden }) => hidden),
        HIDDEN,
      ),
    ),
    outcomes,
  };
}

export const experienceOf = (...made: readonly Made[]): Experience =>
  new ExperienceLog(scenario).add(decisionsOf(made)).fresh;

const row: fc.Arbitrary<Row> = fc.record({
  features: fc.int8Array({ minLength: FEATURES, maxLength: FEATURES }),
  base: fc.float({ min: -20, max: 20, noNaN: true }),
  weight: fc.oneof(fc.constant(-1), fc.float({ min: 0, max: 1, noNaN: true })),
  hidden: fc.array(fc.float({ min: 0, max: 1000, noNaN: true }), { minLength: HIDDEN, maxLength: HIDDEN }),
});

/** Decisions of any sizes: small, middle and large fleets. */
export const anyMade: fc.Arbitrary<Made> = fc
  .oneof(
    { weight: 6, arbitrary: fc.integer({ min: 1, max: 8 }) },
    { weight: 3, arbitrary: fc.integer({ min: 9, max: 24 }) },
    { weight: 1, arbitrary: fc.constantFrom(25, 30, 256) },
  )
  .chain((size) =>
    fc.record({
      rows: fc.array(row, { minLength: size, maxLength: size, size: 'max' }),
      chosen: fc.integer({ min: 0, max: size - 1 }),
      service: fc.integer({ min: 0, max: 3 }),
      context: fc.int8Array({ minLength: CONTEXT, maxLength: CONTEXT }),
    }),
  );
