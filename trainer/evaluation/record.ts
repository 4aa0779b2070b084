// The JSON of `weir evaluate` (docs/evaluation.md).
import { jobsOf } from './plan.js';
import type { Results } from './results.js';

const FIELDS = [
  'requests',
  'meanMs',
  'p50Ms',
  'p90Ms',
  'p99Ms',
  'p999Ms',
  'throughputRps',
  'errors',
  'cpuSpread',
  'moves',
  'decisionNs',
] as const;

/** `null` is what JSON has for a figure that a run does not have: the latencies where no request was answered. */
export type EvaluationRecord = { scenario: string; policy: string; seed: number } & Record<
  (typeof FIELDS)[number],
  number | null
>;

export function evaluationRecords(results: Results): { results: EvaluationRecord[] } {
  const records = jobsOf(results.plan).map(({ scenario, policy, seed }, i) => {
    const run = results.runs[i]!;
    const figures = FIELDS.map((name) => [name, Number.isFinite(run[name]) ? run[name] : null] as const);
    return { scenario: scenario.name, policy, seed, ...Object.fromEntries(figures) } as EvaluationRecord;
  });
  return { results: records };
}
