// What a reader needs to know to read the figures, in the same words wherever they stand.
import type { Plan } from './plan.js';
import { isOracle } from './standings.js';

export const ORACLE_NOTE =
  'Oracles see what no proxy can have (true queues and speeds, some the sizes of jobs): references, not choices.';
const ORACLE_MARK = '*';

export const marked = (policy: Plan['policies'][number]): string =>
  policy + (isOracle(policy) ? ORACLE_MARK : '');

export function notes(plan: Plan): string[] {
  const { scenarios, policies } = plan;
  const lines = ['Latencies in ms, of answered requests and of those that timed out.'];
  if (policies.length > 1) lines.push(ratioNote(plan, scenarios.length));
  if (policies.some(isOracle)) lines.push(`${ORACLE_MARK} ${ORACLE_NOTE}`);
  return lines;
}

function ratioNote({ baseline, seeds }: Plan, scenarios: number): string {
  const what = `Ratios to ${baseline} are geometric means over pairs of runs on the same requests; below 1 is faster.`;
  if (scenarios > 1)
    return `${what} Intervals: 95%, Student's t over the ${scenarios} scenarios, the seeds of each averaged.`;
  if (seeds > 1) return `${what} Intervals: 95%, Student's t over the ${seeds} seeds of the scenario.`;
  return `${what} n=1: one pair tells nothing of how much is chance; --seeds N gives intervals.`;
}
