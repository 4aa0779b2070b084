// The requests of a scenario in the order they are due: when, what, through which proxy.
import type { EntryJob, Workload } from '../../environment/workload.js';

export interface PlannedRequest extends EntryJob {
  readonly index: number;
}

/** Without end. */
export function* plannedRequests(workload: Workload): Generator<PlannedRequest, never> {
  for (let index = 0; ; index++) yield { index, ...workload.next() };
}
