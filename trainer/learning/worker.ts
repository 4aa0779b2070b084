// Entry of a worker thread: learns until it is told to stop through the shared memory.
import { parentPort, workerData } from 'node:worker_threads';
import type { Hyperparameters, Metrics } from '../algorithms/algorithm.js';
import { algorithmNamed } from '../algorithms/registry.js';
import { curriculumOf } from '../environment/curriculum.js';
import { createRandom } from '../environment/random.js';
import type { Scenario } from '../environment/scenario.js';
import { loadSimulator } from '../environment/simulator-file.js';
import { loadBackend, type BackendChoice } from './backend.js';
import { GlobalNetwork, type GlobalBuffers } from './global-network.js';
import { LoggedLessons, type LoggedDecision } from './logged.js';
import { WorkerLoop } from './worker-loop.js';

export interface WorkerInput {
  readonly algorithm: string;
  readonly hyperparameters: Hyperparameters;
  readonly buffers: GlobalBuffers;
  readonly seed: number;
  /** Updates of the training that this one goes on from, 0 for a new one: it goes on with other meshes. */
  readonly from: number;
  readonly index: number;
  readonly exploration: number;
  readonly backend: BackendChoice | undefined;
  /** Empty: the families for training. */
  readonly scenarios: readonly Scenario[];
  /** Share of the meshes that are of those families all the same. */
  readonly families: number;
  /** Of a core, that this worker takes at most. */
  readonly cpuShare: number;
  /** What the mesh logged, learned from beside the simulator; may be empty. */
  readonly logged: readonly LoggedDecision[];
  /** The training is over after so many updates of all workers, or at this time. */
  readonly updates: number;
  readonly startMs: number;
  readonly endMs: number;
}

export interface WorkerReport {
  readonly index: number;
  readonly backend: string;
  readonly metrics: Metrics;
}

/** Updates between two reports. */
const REPORT_EVERY = 10;

async function learn(input: WorkerInput): Promise<void> {
  const { index, seed, from, hyperparameters, exploration, updates, startMs, endMs } = input;
  const { tf, name: backend } = await loadBackend(input.backend);
  const algorithm = algorithmNamed(input.algorithm);
  const global = new GlobalNetwork(algorithm.layout(hyperparameters), input.buffers);
  const loop = new WorkerLoop({
    tf,
    compiled: loadSimulator(),
    algorithm,
    hyperparameters,
    global,
    curriculum: curriculumOf(input.scenarios, input.families),
    random: createRandom(seed).fork(`worker ${index}${from > 0 ? ` from update ${from}` : ''}`),
    exploration,
    logged: new LoggedLessons(input.logged, hyperparameters.reward, hyperparameters.clipAdvantage),
  });
  for (let turn = 0; !global.stopped && global.updates < updates && Date.now() < endMs; turn++) {
    const byTime = endMs < Infinity ? (Date.now() - startMs) / (endMs - startMs) : 0;
    const byUpdates = updates < Infinity ? global.updates / updates : 0;
    const begun = performance.now();
    const metrics = loop.update(Math.max(byTime, byUpdates));
    rest((performance.now() - begun) * (1 / input.cpuShare - 1), endMs);
    if (metrics && turn % REPORT_EVERY === 0)
      parentPort!.postMessage({ index, backend, metrics } satisfies WorkerReport);
  }
}

/** Sleeps, the thread and all: nobody waits for this one. */
function rest(ms: number, endMs: number): void {
  const most = Math.min(ms, endMs - Date.now());
  if (most > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, most);
}

await learn(workerData as WorkerInput);
