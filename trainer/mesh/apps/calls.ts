// The calls that a request causes: in the order of the scenario; neighbours that are `parallel` run together.
import type { Service } from '../../environment/scenario.js';
import type { Job } from '../../environment/workload.js';

export type Call = Service['calls'][number];

export interface CallResult {
  readonly ok: boolean;
  /** Endpoints that had a part in the answer. */
  readonly servedBy: readonly string[];
}

interface PlannedCall {
  readonly call: Call;
  readonly job: Job;
}

/**
 * Drops what chance leaves out, groups what runs at the same time.
 * @param jobOf the job that a call is, by its place in the scenario; undefined = it is not made
 */
export function planCalls(
  calls: readonly Call[],
  jobOf: (place: number) => Job | undefined,
): PlannedCall[][] {
  const groups: PlannedCall[][] = [];
  let parallel: PlannedCall[] | undefined;
  for (const [place, call] of calls.entries()) {
    const group: PlannedCall[] = (call.mode === 'parallel' && parallel) || [];
    if (group !== parallel) groups.push(group);
    parallel = call.mode === 'parallel' ? group : undefined;
    const job = jobOf(place);
    if (job) group.push({ call, job });
  }
  return groups.filter((group) => group.length > 0);
}

/** Runs the groups one after the other; stops after one with a failure, as most code does. */
export async function runCalls(
  groups: readonly (readonly PlannedCall[])[],
  run: (call: Call, job: Job) => Promise<CallResult>,
): Promise<CallResult> {
  const servedBy: string[] = [];
  for (const group of groups) {
    const results = await Promise.all(group.map(({ call, job }) => run(call, job)));
    for (const result of results) servedBy.push(...result.servedBy);
    if (results.some((result) => !result.ok)) return { ok: false, servedBy };
  }
  return { ok: true, servedBy };
}
