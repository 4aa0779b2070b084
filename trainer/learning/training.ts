// A training: workers in threads on one global network, checkpoints, a look at the validation suite now and then.
import { Worker } from 'node:worker_threads';
import type { Hyperparameters } from '../algorithms/algorithm.js';
import { algorithmNamed } from '../algorithms/registry.js';
import { createRandom } from '../environment/random.js';
import type { Scenario } from '../environment/scenario.js';
import type { Served } from '../environment/served.js';
import { compiledScript } from '../mesh/apps/child-process.js';
import { prepareTensorFlow, type BackendChoice } from './backend.js';
import { CheckpointError, readCheckpoint, writeCheckpoint } from './checkpoint.js';
import { GlobalNetwork } from './global-network.js';
import type { LoggedDecision } from './logged.js';
import type { Standing, Validation } from './validation.js';
import type { WorkerInput, WorkerReport } from './worker.js';

export interface TrainingOptions {
  readonly algorithm: string;
  readonly hyperparameters: Hyperparameters;
  readonly seed: number;
  readonly workers: number;
  /** It ends after so long, or so many updates of all workers; one of them may be Infinity. */
  readonly minutes: number;
  readonly updates: number;
  /** To learn on; empty: the families for training. */
  readonly scenarios: readonly Scenario[];
  /** Share of the meshes that are of the families for training all the same; 0 unless set. */
  readonly families?: number;
  /** Parameters to start from, instead of ones at random. */
  readonly initial?: Float32Array;
  /** What the mesh logged, learned from beside the simulator. */
  readonly logged?: readonly LoggedDecision[];
  /** Of a core, that each worker takes at most; 1 unless set. */
  readonly cpuShare?: number;
  readonly backend?: BackendChoice;
  /** Written every so often and at the end; gone on from with `resume`. */
  readonly checkpoint?: { readonly path: string; readonly everyMs: number; readonly resume: boolean };
  readonly validation?: { readonly suite: Validation; readonly everyMs: number };
  readonly signal: AbortSignal;
  readonly onReport: (report: TrainingReport) => void;
  /** Called before the first update, and some times a second from then on. */
  readonly onMoment?: (moment: TrainingMoment) => void;
}

/** How far a training is, and what it would serve if it ended now. */
export interface TrainingMoment {
  readonly updates: number;
  readonly decisions: number;
  readonly elapsedMs: number;
  readonly served: () => Served;
}

const MOMENT_MS = 50;

export interface TrainingReport extends WorkerReport {
  readonly updates: number;
  readonly decisions: number;
  readonly elapsedMs: number;
  /** What is left of the time, ms; by the pace so far where updates are counted. */
  readonly leftMs: number;
  /** Present with the first report after a look at the validation suite. */
  readonly standing?: Standing;
}

export interface TrainingResult {
  readonly served: Served;
  readonly updates: number;
  readonly decisions: number;
  readonly elapsedMs: number;
  /** Why the last checkpoint could not be written. */
  readonly unsaved?: Error;
}

/** Each worker explores in its own way: factors of temperature and entropy weight. */
const EXPLORATION = [1, 1.5, 0.75, 2, 1.25, 0.5] as const;

export const explorationOf = (worker: number): number => EXPLORATION[worker % EXPLORATION.length]!;

/**
 * Resolves when the budget is spent or the signal comes. No worker is left when it settles.
 * @throws {Error} when no worker is left before the end: what the last one said
 */
export async function train(options: TrainingOptions): Promise<TrainingResult> {
  const { hyperparameters, seed, checkpoint, signal } = options;
  const algorithm = algorithmNamed(options.algorithm);
  const global = new GlobalNetwork(algorithm.layout(hyperparameters));
  let before = 0;
  if (checkpoint?.resume) {
    before = resume(checkpoint.path, algorithm.name, global);
  } else {
    const first =
      options.initial ?? algorithm.initialise(hyperparameters, createRandom(seed).fork('network'));
    global.parameters.set(first);
    global.average.set(first);
  }
  const served = () => algorithm.serve(hyperparameters, global.served(), 1, 1);
  const startMs = Date.now() - before;
  const elapsedMs = () => Date.now() - startMs;
  let unsaved: Error | undefined;
  // A disk that is full for a while must not end a training of hours: who started it decides at the end.
  const save = () => {
    if (!checkpoint) return;
    const state = { algorithm: algorithm.name, hyperparameters, seed, elapsedMs: elapsedMs() };
    try {
      writeCheckpoint(checkpoint.path, state, global);
      unsaved = undefined;
    } catch (error) {
      if (!unsaved) process.emitWarning(`the training goes on without: ${(error as Error).message}`);
      unsaved = error as Error;
    }
  };
  let standing: Standing | undefined;
  const onReport = (report: WorkerReport) => {
    const { updates, decisions } = global;
    const left = leftMs(options, updates, elapsedMs());
    options.onReport({
      ...report,
      updates,
      decisions,
      elapsedMs: elapsedMs(),
      leftMs: left,
      ...(standing && { standing }),
    });
    standing = undefined;
  };
  const saver = checkpoint && setInterval(save, checkpoint.everyMs);
  const moment = () => {
    const { updates, decisions } = global;
    options.onMoment?.({ updates, decisions, elapsedMs: elapsedMs(), served });
  };
  const watcher = options.onMoment && setInterval(moment, MOMENT_MS);
  const looker = look(options.validation, served, (seen) => (standing = seen));
  const stop = () => global.stop();
  signal.addEventListener('abort', stop, { once: true });
  try {
    if (signal.aborted) global.stop();
    moment();
    await runWorkers(options, global, startMs, onReport);
  } finally {
    signal.removeEventListener('abort', stop);
    clearInterval(saver);
    clearInterval(watcher);
    save();
    await looker.stop();
  }
  const { updates, decisions } = global;
  return { served: served(), updates, decisions, elapsedMs: elapsedMs(), ...(unsaved && { unsaved }) };
}

/** Returns how long it was learned so far, ms. @throws {CheckpointError} */
function resume(path: string, algorithm: string, global: GlobalNetwork): number {
  const checkpoint = readCheckpoint(path);
  const { algorithm: of, elapsedMs } = checkpoint.state;
  if (of !== algorithm) throw new CheckpointError(`${path}: is of the algorithm ${of}, not ${algorithm}`);
  checkpoint.restore(global);
  return elapsedMs;
}

function leftMs({ minutes, updates }: TrainingOptions, done: number, elapsed: number): number {
  const byTime = minutes * 60_000 - elapsed;
  const byUpdates = done > 0 ? ((updates - done) * elapsed) / done : Infinity;
  return Math.max(0, Math.min(byTime, byUpdates));
}

/** Looks at the validation suite, one look at a time; a look that fails ends the looking, not the training. */
function look(
  validation: TrainingOptions['validation'],
  served: () => Served,
  onSeen: (standing: Standing) => void,
): { stop(): Promise<void> } {
  if (!validation) return { stop: () => Promise.resolve() };
  const over = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> | undefined;
  const once = async () => {
    try {
      onSeen(await validation.suite.standing(served(), over.signal));
      next();
    } catch (error) {
      if (!over.signal.aborted)
        process.emitWarning(`no more looks at the validation suite: ${(error as Error).message}`);
    }
  };
  const next = () => {
    if (!over.signal.aborted) timer = setTimeout(() => void (looking = once()), validation.everyMs);
  };
  next();
  return {
    stop: () => {
      over.abort();
      clearTimeout(timer);
      return looking ?? Promise.resolve();
    },
  };
}

async function runWorkers(
  options: TrainingOptions,
  global: GlobalNetwork,
  startMs: number,
  onReport: (report: WorkerReport) => void,
): Promise<void> {
  const { algorithm, hyperparameters, seed, scenarios, updates, minutes, backend } = options;
  const { families = 0, cpuShare = 1, logged = [] } = options;
  prepareTensorFlow();
  const endMs = startMs + minutes * 60_000;
  const from = global.updates;
  const errors: Error[] = [];
  const run = (index: number) =>
    new Promise<void>((resolve) => {
      const workerData: WorkerInput = {
        algorithm,
        hyperparameters,
        buffers: global.buffers,
        seed,
        from,
        index,
        exploration: explorationOf(index),
        backend,
        scenarios,
        families,
        cpuShare,
        logged,
        updates,
        startMs,
        endMs,
      };
      const worker = new Worker(compiledScript(import.meta.url, './worker.js'), { workerData });
      worker.on('message', onReport);
      worker.once('error', (error: Error) => {
        errors.push(error);
        process.emitWarning(`worker ${index} of the training ended: ${error.message}`);
      });
      worker.once('exit', () => resolve());
    });
  await Promise.all(Array.from({ length: options.workers }, (_, index) => run(index)));
  if (errors.length === options.workers) throw errors.at(-1);
}
