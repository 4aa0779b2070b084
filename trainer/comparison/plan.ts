// What is compared: learning algorithms with one budget each, and the classic techniques, on the same requests.
import type { SimulatorPolicy } from '../environment/policies.js';
import type { Scenario } from '../environment/scenario.js';
import type { Plan } from '../evaluation/plan.js';
import { PEERS } from '../learning/validation.js';

/** What each training may use; one of them may be Infinity. */
export interface Budget {
  readonly minutes: number;
  readonly updates: number;
}

export interface ComparisonPlan {
  readonly algorithms: readonly string[];
  readonly budget: Budget;
  /** Threads of each training. */
  readonly workers: number;
  /** Trainings of each algorithm, with the seeds 1, 2, .. */
  readonly seeds: number;
  /** To compare on; no two with the same name. */
  readonly scenarios: readonly Scenario[];
  /** For the looks at a training, taken after each of these shares of its budget, ascending. */
  readonly validation: readonly Scenario[];
  readonly looks: readonly number[];
  /** What latencies are compared with, one of TECHNIQUES. */
  readonly baseline: SimulatorPolicy;
}

/** How requests are balanced without learning: those whose throughput is drawn. */
export const CLASSIC = [
  'round-robin',
  'source-hash',
  'destination-hash',
  'least-request',
  'least-request-full',
  'least-response-time',
  'peak-ewma',
] as const satisfies readonly SimulatorPolicy[];

/** They and the strongest that proxies can run. */
export const TECHNIQUES: readonly SimulatorPolicy[] = [...CLASSIC, ...PEERS];

/** Shares of the budget: the start, and `count` more up to the end. */
export const lookShares = (count: number): number[] => Array.from({ length: count + 1 }, (_, i) => i / count);

/** The techniques on as many draws of the requests as there are seeds. */
export const techniquesPlan = ({ scenarios, seeds, baseline }: ComparisonPlan): Plan => ({
  scenarios,
  policies: TECHNIQUES,
  baseline,
  seeds,
});

/**
 * What the algorithm that learned with seed `seed` is evaluated on: the draw of the requests that the techniques met with
 * that seed. So each seed is a pair of its own: another training, and other requests.
 */
export const learnedPlan = ({ scenarios }: ComparisonPlan, seed: number, policy: SimulatorPolicy): Plan => ({
  scenarios: scenarios.map((scenario) => ({ ...scenario, seed: scenario.seed + seed - 1 })),
  policies: [policy],
  baseline: policy,
  seeds: 1,
});
