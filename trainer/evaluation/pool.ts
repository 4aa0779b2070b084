// Worker threads that share a list of jobs. Who is done takes the next one; results keep the order of the jobs.
import { Worker } from 'node:worker_threads';

export interface PoolOptions<Job> {
  /** A script that answers each message, a job, with one message, its result. */
  readonly script: string;
  readonly workerData?: unknown;
  /** Threads at most. */
  readonly size: number;
  /** As errors call a job. */
  readonly describe: (job: Job) => string;
  /** Called after each job with how many are done. */
  readonly onDone?: (done: number) => void;
  /** Ends the workers at once. */
  readonly signal?: AbortSignal;
}

/**
 * Resolves with the results in the order of the jobs. No worker is left when it settles.
 * @throws {Error} naming the job where a worker throws or dies, and the signal's reason where it is aborted
 */
export async function runJobs<Job, Result>(
  jobs: readonly Job[],
  options: PoolOptions<Job>,
): Promise<Result[]> {
  const { script, workerData, size, describe, onDone, signal } = options;
  signal?.throwIfAborted();
  const results = new Array<Result>(jobs.length);
  const workers: Worker[] = [];
  let next = 0;
  let done = 0;
  const work = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(script, { workerData });
      workers.push(worker);
      let current = -1;
      const fail = (reason: string) => reject(new Error(`${describe(jobs[current]!)}: ${reason}`));
      const give = () => {
        if (next >= jobs.length) return resolve();
        current = next++;
        worker.postMessage(jobs[current]);
      };
      worker.on('message', (result: Result) => {
        results[current] = result;
        onDone?.(++done);
        give();
      });
      worker.once('error', (error: Error) => fail(error.message));
      worker.once('messageerror', (error: Error) => fail(error.message));
      // Last of all events, so that it says why only where nothing else did.
      worker.once('exit', (code) => fail(`its worker ended with exit code ${code}`));
      give();
    });
  try {
    const threads = Array.from({ length: Math.min(size, jobs.length) }, work);
    await orAborted(Promise.all(threads), signal);
    return results;
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
}

async function orAborted(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<void> {
  let abort = () => {};
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(signal?.reason as Error);
    signal?.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    signal?.removeEventListener('abort', abort);
  }
}
