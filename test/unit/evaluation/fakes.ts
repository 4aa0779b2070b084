// Plans and runs without a simulator.
import type { SimulatorPolicy } from '../../../trainer/environment/policies.js';
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import type { LatencyHistogram } from '../../../trainer/environment/simulation-result.js';
import { jobsOf, type Job, type Plan } from '../../../trainer/evaluation/plan.js';
import { Results, type Run } from '../../../trainer/evaluation/results.js';

export const scenario = (name: string, seed = 1): Scenario =>
  validateScenario(
    { name, seed, services: [{ name: 'api', endpoints: [{ speed: 2 }, { count: 2 }] }] },
    name,
  );

export function plan(
  names: readonly string[],
  policies: readonly SimulatorPolicy[],
  seeds = 2,
  baseline = policies[0]!,
): Plan {
  return { scenarios: names.map((name) => scenario(name)), policies, baseline, seeds };
}

/** Bins that double: 1 ms, 2 ms, 4 ms, .. */
export const histogram = (...counts: number[]): LatencyHistogram => ({
  leastMs: 1,
  growth: 2,
  counts: Uint32Array.from(counts),
});

export function fakeRun(figures: Partial<Run> = {}): Run {
  const { meanMs = 10 } = figures;
  return {
    requests: 1000,
    errors: 0,
    errorKinds: { timeout: 0, overflow: 0, unreachable: 0, failed: 0 },
    meanMs,
    p50Ms: meanMs / 2,
    p90Ms: meanMs * 2,
    p99Ms: meanMs * 4,
    p999Ms: meanMs * 8,
    throughputRps: 100,
    cpuSpread: 0.1,
    memorySpread: 0.2,
    moves: 0.3,
    probes: 7,
    seconds: 10,
    decisionNs: 50,
    histogram: histogram(0, 100, 700, 200),
    windows: [0, 1].map((i) => ({
      fromSeconds: i * 5,
      toSeconds: i * 5 + 5,
      requests: 500,
      errors: 0,
      p50Ms: 1,
      p99Ms: meanMs * (i + 1),
    })),
    endpoints: [2, 1, 1].map((speed, endpoint) => ({
      service: 'api',
      endpoint,
      speed,
      workers: 4,
      requests: 100 * speed,
      share: speed / 4,
      cpu: 0.5,
    })),
    ...figures,
  };
}

export const resultsOf = (of: Plan, run: (job: Job) => Partial<Run>): Results =>
  new Results(
    of,
    jobsOf(of).map((job) => fakeRun(run(job))),
  );
