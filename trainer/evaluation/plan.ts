// What is compared: every policy on the same requests. Scenarios, policies and seeds are crossed.
import type { SimulatorPolicy } from '../environment/policies.js';
import type { Scenario } from '../environment/scenario.js';

/** One run of the simulator. */
export interface Job {
  readonly scenario: Scenario;
  readonly policy: SimulatorPolicy;
  readonly seed: number;
}

export interface Plan {
  /** No two with the same name. */
  readonly scenarios: readonly Scenario[];
  readonly policies: readonly SimulatorPolicy[];
  /** What the others are compared with, one of `policies`. */
  readonly baseline: SimulatorPolicy;
  /** Runs of a policy on a scenario. */
  readonly seeds: number;
}

/** What most proxies do today. */
const USUAL_BASELINE: SimulatorPolicy = 'least-request';

export function defaultBaseline(policies: readonly SimulatorPolicy[]): SimulatorPolicy {
  return policies.find((policy) => policy === USUAL_BASELINE) ?? policies[0]!;
}

/**
 * By scenario, then policy, then seed: the scenario's own and those after it. A seed fixes the arrivals and the job
 * sizes, so that runs of the same scenario and seed are pairs (common random numbers).
 */
export function jobsOf({ scenarios, policies, seeds }: Plan): Job[] {
  return scenarios.flatMap((scenario) =>
    policies.flatMap((policy) =>
      Array.from({ length: seeds }, (_, i) => ({ scenario, policy, seed: scenario.seed + i })),
    ),
  );
}

/** As messages call a run. */
export const describeJob = ({ scenario, policy, seed }: Job): string =>
  `scenario ${JSON.stringify(scenario.name)}, policy ${policy}, seed ${seed}`;
