// The twin's simulations in worker threads, so that the event loop stays free.
import { runJobs } from '../../evaluation/pool.js';
import { compiledScript } from '../../mesh/apps/child-process.js';
import type { Simulate, TwinJob, TwinRun } from './simulate.js';
import type { WorkerInput } from './worker.js';

/**
 * @param size threads at most
 * @param signal ends the threads at once
 */
export function simulateInThreads(size: number, signal?: AbortSignal): Simulate {
  const script = compiledScript(import.meta.url, './worker.js');
  return (jobs, served) => {
    const workerData: WorkerInput = served ? { served } : {};
    return runJobs<TwinJob, TwinRun>(jobs, {
      script,
      workerData,
      size,
      describe: ({ scenario }) => `the twin of ${scenario.name}`,
      ...(signal ? { signal } : {}),
    });
  };
}
