// Entry of a worker thread: gets jobs one by one, answers each with its run. What is thrown here ends the worker, which
// the pool reports with the job's name.
import { parentPort, workerData } from 'node:worker_threads';
import type { Served } from '../environment/served.js';
import { loadSimulator } from '../environment/simulator-file.js';
import type { Job } from './plan.js';
import { simulate } from './simulate.js';

/** What a worker is started with. */
export interface WorkerInput {
  /** What decides under the policy `actor`, or `table`. */
  readonly served?: Served;
}

const { served } = workerData as WorkerInput;
const port = parentPort!;
port.on('message', (job: Job) => port.postMessage(simulate(loadSimulator(), job, served)));
