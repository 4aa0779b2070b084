// Entry of a worker thread: gets jobs one by one, answers each with its run (../../evaluation/pool.ts).
import { parentPort, workerData } from 'node:worker_threads';
import type { Served } from '../../environment/served.js';
import { loadSimulator } from '../../environment/simulator-file.js';
import { simulateEndpoints, type TwinJob } from './simulate.js';

/** What a worker is started with. */
export interface WorkerInput {
  readonly served?: Served;
}

const { served } = workerData as WorkerInput;
const port = parentPort!;
port.on('message', (job: TwinJob) => port.postMessage(simulateEndpoints(loadSimulator(), job, served)));
