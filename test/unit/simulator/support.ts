// What the tests of the simulator share: scenarios, runs, replications, and the errors that chance is allowed.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { SIMULATOR_POLICIES, type SimulatorPolicy } from '../../../trainer/environment/policies.js';
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import type { SimulationResult } from '../../../trainer/environment/simulation-result.js';
import {
  compileSimulator,
  Simulator,
  type SimulationOptions,
} from '../../../trainer/environment/simulator.js';

const read = (relative: string) => readFileSync(fileURLToPath(new URL(relative, import.meta.url)));
export const compiled = compileSimulator(read('../../../build/simulator.wasm'));
const UNTRAINED = new Uint8Array(read('../../golden/untrained.weir'));

/** One whose output layer is not zero, so that it looks at all features. */
export const attentive = encodeModel(untrainedModel({ scale: 1 }));

export const POLICIES: readonly SimulatorPolicy[] = SIMULATOR_POLICIES;
/** No limit: of a queue, of a wait. */
export const ENDLESS = 1e9;

export const validate = (raw: object): Scenario => validateScenario(raw, 'test.json');

/** One service behind one proxy of one worker, without delays or limits: the mesh as textbooks have it. */
export function textbook(service: object, rest: object = {}): Scenario {
  return validate({
    requests: 20_000,
    warmup: 2_000,
    proxies: 1,
    workersPerProxy: 1,
    networkMs: 0,
    timeoutMs: ENDLESS,
    signals: { fleetViewMs: 0 },
    services: [{ name: 'api', queueLimit: ENDLESS, ...service }],
    ...rest,
  });
}

/** Of the policy `random` unless told otherwise: with one endpoint all are the same. */
export function simulator(
  scenario: Scenario,
  policy: SimulatorPolicy = 'random',
  options: Partial<SimulationOptions> = {},
): Simulator {
  const model = policy === 'actor' ? { model: UNTRAINED } : {};
  return new Simulator(compiled, scenario, { policy, ...model, ...options });
}

/** A mesh that has run to its end. */
export function finished(...of: Parameters<typeof simulator>): Simulator {
  const mesh = simulator(...of);
  mesh.advance(Infinity);
  return mesh;
}

export const run = (...of: Parameters<typeof simulator>): SimulationResult => simulator(...of).run();

/** A figure of each endpoint of a service. */
export function ofEndpoints(
  mesh: Simulator,
  figure: Parameters<Simulator['serverFigure']>[2],
  service = 0,
): number[] {
  const count = sum(mesh.scenario.services[service]!.endpoints.map((group) => group.count));
  return Array.from({ length: count }, (_, endpoint) => mesh.serverFigure(service, endpoint, figure));
}

export const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
export const mean = (values: readonly number[]): number => sum(values) / values.length;

export const REPLICATIONS = 20;
/** Two-sided 10^-5 point of Student's t with 19 degrees of freedom. */
const T = 5.949;
/** The same of the normal distribution. */
export const Z = 4.417;

/** Independent runs, which differ in their seed. */
export function replicate(scenario: Scenario, policy: SimulatorPolicy = 'random'): SimulationResult[] {
  return Array.from({ length: REPLICATIONS }, (_, i) => run(scenario, policy, { seed: 1000 * (i + 1) }));
}

/** Mean of independent values, and half of its confidence interval. */
export function interval(values: readonly number[]): { average: number; half: number } {
  const average = mean(values);
  const variance = sum(values.map((value) => (value - average) ** 2)) / (values.length - 1);
  return { average, half: T * Math.sqrt(variance / values.length) };
}

/**
 * The mean of replications must be `expected` within its confidence interval of 1 - 10^-5. All tests together make a
 * hundred such comparisons or two: one in a thousand changes of the random numbers makes a right simulator fail. An
 * interval of more than `width` of what is expected would say too little.
 */
export function expectMean(values: readonly number[], expected: number, width = 0.15): void {
  const { average, half } = interval(values);
  expect(half / expected, 'too few requests to say anything').toBeLessThan(width);
  expect(Math.abs(average - expected), `${average} for ${expected}`).toBeLessThan(half);
}

/** Equal up to the rounding of sums over some ten thousand terms. */
export function expectSame(actual: number, expected: number, relative = 1e-9): void {
  const allowed = relative * Math.max(1, Math.abs(expected));
  expect(Math.abs(actual - expected), `${actual} for ${expected}`).toBeLessThan(allowed);
}
