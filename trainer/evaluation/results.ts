// The runs of a plan, found by scenario and policy.
import type { SimulatorPolicy } from '../environment/policies.js';
import type { Scenario } from '../environment/scenario.js';
import type { SimulationResult } from '../environment/simulation-result.js';
import { jobsOf, type Plan } from './plan.js';

export interface Run extends SimulationResult {
  /** Wall time of one decision. */
  readonly decisionNs: number;
}

export const LATENCIES = ['meanMs', 'p50Ms', 'p90Ms', 'p99Ms', 'p999Ms'] as const;
export type Latency = (typeof LATENCIES)[number];

/** What is shown beside the values as a ratio to the baseline: the usual request, and the tail. */
export const KEY_LATENCIES = ['meanMs', 'p99Ms'] as const satisfies readonly Latency[];

/** As headings call them. */
export const LATENCY_NAMES: Readonly<Record<Latency, string>> = {
  meanMs: 'mean',
  p50Ms: 'p50',
  p90Ms: 'p90',
  p99Ms: 'p99',
  p999Ms: 'p99.9',
};

export class Results {
  /** @param runs in the order of the plan's jobs */
  constructor(
    readonly plan: Plan,
    readonly runs: readonly Run[],
  ) {
    const expected = jobsOf(plan).length;
    if (runs.length !== expected) throw new RangeError(`${runs.length} runs of ${expected}`);
  }

  /** Those of one policy on one scenario, by seed: the i-th ones of two policies are a pair. */
  of(scenario: Scenario, policy: SimulatorPolicy): readonly Run[] {
    const { scenarios, policies, seeds } = this.plan;
    const from = (scenarios.indexOf(scenario) * policies.length + policies.indexOf(policy)) * seeds;
    return this.runs.slice(from, from + seeds);
  }
}
