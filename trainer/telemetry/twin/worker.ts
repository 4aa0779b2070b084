// Entry of a worker thread: gets jobs one by one, answers each with its twin (../../evaluation/pool.ts).
import { parentPort, workerData } from 'node:worker_threads';
import type { ServedModel } from '../../environment/served.js';
import { loadSimulator } from '../../environment/simulator-file.js';
import { calibrateCluster, type CalibrationJob } from './calibrate.js';

/** What a worker is started with. */
export interface WorkerInput {
  readonly served?: ServedModel;
}

const { served } = workerData as WorkerInput;
const port = parentPort!;
port.on('message', (job: CalibrationJob) => port.postMessage(calibrateCluster(loadSimulator(), job, served)));
