// Calibrations in worker threads, a cluster each, so that the event loop stays free.
import { runJobs } from '../../evaluation/pool.js';
import { compiledScript } from '../../mesh/apps/child-process.js';
import type { Calibrate, Calibrated, CalibrationJob } from './calibrate.js';
import type { WorkerInput } from './worker.js';

/**
 * @param size threads at most
 * @param signal ends the threads at once
 */
export function calibrateInThreads(size: number, signal?: AbortSignal): Calibrate {
  const script = compiledScript(import.meta.url, './worker.js');
  return (jobs, served) => {
    const workerData: WorkerInput = served ? { served } : {};
    return runJobs<CalibrationJob, Calibrated | undefined>(jobs, {
      ...{ script, workerData, size },
      describe: ({ seen }) => `the twin of ${seen.name}`,
      ...(signal ? { signal } : {}),
    });
  };
}
