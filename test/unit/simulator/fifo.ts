// A second account of a run: what a FIFO queue does to given arrivals and sizes, by Kiefer and Wolfowitz' recursion
// (Lindley's for one slot).
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { Workload, type EntryJob } from '../../../trainer/environment/workload.js';
import { compiled } from './support.js';

/** The requests of a run, warm-up included. */
export function arrivalsOf(scenario: Scenario): EntryJob[] {
  const workload = new Workload(compiled, scenario);
  return Array.from({ length: scenario.warmup + scenario.requests }, () => workload.next());
}

/** Times in the system of one queue, NaN where the client gave up; and the time that slots were busy. */
export function serve(
  arrivals: readonly Pick<EntryJob, 'atMs' | 'ms'>[],
  workers: number,
  speed = 1,
  timeoutMs = Infinity,
): { times: number[]; busyMs: number } {
  const free = new Array<number>(workers).fill(0);
  let busyMs = 0;
  const times = arrivals.map(({ atMs, ms }) => {
    const slot = free.indexOf(Math.min(...free));
    const start = Math.max(atMs, free[slot]!);
    // Whoever gave up before its turn takes no slot.
    if (start > atMs + timeoutMs) return NaN;
    free[slot] = start + ms / speed;
    busyMs += ms / speed;
    return free[slot] - atMs > timeoutMs ? NaN : free[slot] - atMs;
  });
  return { times, busyMs };
}
