// The calls that a request causes: in the order of the scenario; neighbours that are `parallel` run together.
import type { Random } from '../../environment/random.js';
import type { Service } from '../../environment/scenario.js';

export type Call = Service['calls'][number];

export interface CallResult {
  readonly ok: boolean;
  /** Endpoints that had a part in the answer. */
  readonly servedBy: readonly string[];
}

interface PlannedCall {
  readonly call: Call;
  /** Place in the scenario. */
  readonly index: number;
}

/** Drops what chance leaves out, groups what runs at the same time. */
export function planCalls(calls: readonly Call[], random: Random): PlannedCall[][] {
  const groups: PlannedCall[][] = [];
  let parallel: PlannedCall[] | undefined;
  for (const [index, call] of calls.entries()) {
    const group: PlannedCall[] = (call.mode === 'parallel' && parallel) || [];
    if (group !== parallel) groups.push(group);
    parallel = call.mode === 'parallel' ? group : undefined;
    // Drawn for every call, so that the probability of one does not change the fate of the next.
    if (random.next() < call.probability) group.push({ call, index });
  }
  return groups.filter((group) => group.length > 0);
}

/** Runs the groups one after the other; stops after one with a failure, as most code does. */
export async function runCalls(
  groups: readonly (readonly PlannedCall[])[],
  run: (call: Call, index: number) => Promise<CallResult>,
): Promise<CallResult> {
  const servedBy: string[] = [];
  for (const group of groups) {
    const results = await Promise.all(group.map(({ call, index }) => run(call, index)));
    for (const result of results) servedBy.push(...result.servedBy);
    if (results.some((result) => !result.ok)) return { ok: false, servedBy };
  }
  return { ok: true, servedBy };
}
