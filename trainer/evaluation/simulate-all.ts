// A plan in worker threads.
import { compiledScript } from '../mesh/apps/child-process.js';
import { describeJob, jobsOf, type Job, type Plan } from './plan.js';
import { runJobs, type PoolOptions } from './pool.js';
import { Results, type Run } from './results.js';
import type { WorkerInput } from './worker.js';

export interface SimulateAllOptions extends Pick<PoolOptions<Job>, 'size' | 'onDone' | 'signal'> {
  /** Model file of the policy `actor`. */
  readonly model?: Uint8Array;
}

export async function simulateAll(plan: Plan, options: SimulateAllOptions): Promise<Results> {
  const { model, ...pool } = options;
  const workerData: WorkerInput = model ? { model } : {};
  const script = compiledScript(import.meta.url, './worker.js');
  const runs = await runJobs<Job, Run>(jobsOf(plan), { ...pool, script, workerData, describe: describeJob });
  return new Results(plan, runs);
}
