// A plan in worker threads.
import type { Served } from '../environment/served.js';
import { compiledScript } from '../mesh/apps/child-process.js';
import { describeJob, jobsOf, type Job, type Plan } from './plan.js';
import { runJobs, type PoolOptions } from './pool.js';
import { Results, type Run } from './results.js';
import type { WorkerInput } from './worker.js';

export interface SimulateAllOptions extends Pick<PoolOptions<Job>, 'size' | 'onDone' | 'signal'> {
  /** What decides under the policy `actor`, or `table`. */
  readonly served?: Served;
}

export async function simulateAll(plan: Plan, options: SimulateAllOptions): Promise<Results> {
  const { served, ...pool } = options;
  const workerData: WorkerInput = served ? { served } : {};
  const script = compiledScript(import.meta.url, './worker.js');
  const runs = await runJobs<Job, Run>(jobsOf(plan), { ...pool, script, workerData, describe: describeJob });
  return new Results(plan, runs);
}
