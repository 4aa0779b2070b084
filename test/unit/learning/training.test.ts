// Trainings as a whole: the loop of a worker, and threads on one global network.
import { existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { a3c } from '../../../trainer/algorithms/a3c.js';
import type { Algorithm, Hyperparameters } from '../../../trainer/algorithms/algorithm.js';
import { DEFAULTS } from '../../../trainer/algorithms/defaults.js';
import { fixedScenarios, trainingFamilies } from '../../../trainer/environment/curriculum.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { loadBackend, type TF } from '../../../trainer/learning/backend.js';
import { readCheckpoint } from '../../../trainer/learning/checkpoint.js';
import { GlobalNetwork } from '../../../trainer/learning/global-network.js';
import {
  explorationOf,
  train,
  type TrainingOptions,
  type TrainingReport,
} from '../../../trainer/learning/training.js';
import { WorkerLoop } from '../../../trainer/learning/worker-loop.js';

const SMALL: Hyperparameters = {
  ...DEFAULTS,
  hidden1: 8,
  hidden2: 4,
  meshes: 3,
  meshesPerUpdate: 2,
  rows: 128,
};
const scenario = validateScenario(
  {
    requests: 3000,
    warmup: 100,
    services: [{ name: 'api', endpoints: [{ count: 3 }, { count: 2, speed: 0.5 }] }],
  },
  'small.json',
);

let tf: TF;
let folder: string;
beforeAll(async () => {
  ({ tf } = await loadBackend('wasm'));
});
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-training-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true });
});

interface LoopOptions {
  readonly algorithm?: Algorithm;
  readonly hyperparameters?: Hyperparameters;
  readonly scenarios?: readonly Scenario[];
  readonly seed?: number;
}

function loopOf({ algorithm = a3c, hyperparameters = SMALL, scenarios, seed = 1 }: LoopOptions = {}) {
  const global = new GlobalNetwork(algorithm.layout(hyperparameters));
  const random = createRandom(seed);
  global.parameters.set(algorithm.initialise(hyperparameters, random.fork('network')));
  global.average.set(global.parameters);
  let opened = 0;
  const curriculum = scenarios ? fixedScenarios(scenarios) : trainingFamilies;
  const loop = new WorkerLoop({
    tf,
    compiled: loadSimulator(),
    algorithm,
    hyperparameters,
    global,
    curriculum: (draw) => (opened++, curriculum(draw)),
    random: random.fork('worker 0'),
    exploration: 1,
  });
  return { global, loop, opened: () => opened };
}

function learned(options: LoopOptions, updates: number): GlobalNetwork {
  const { global, loop } = loopOf(options);
  for (let i = 0; i < updates; i++) loop.update(i / updates);
  return global;
}

describe('the loop of a worker', () => {
  it('learns the same bits from the same seed, and others from another', () => {
    const one = learned({ seed: 3 }, 6).snapshot();
    expect(one.updates).toBe(6);
    expect(one.decisions).toBeGreaterThan(100);
    expect(learned({ seed: 3 }, 6).snapshot()).toEqual(one);
    expect(learned({ seed: 4 }, 6).snapshot().numbers).not.toEqual(one.numbers);
  });

  it('gives up meshes that are over, and opens others in their places', () => {
    // Lives of 200 to 600 requests; a stretch is of 12 decisions, a quarter of all.
    const { loop, opened } = loopOf({ scenarios: [scenario], hyperparameters: { ...SMALL, life: 400 } });
    const rounds = (count: number) => {
      for (let i = 0; i < count; i++) loop.update(0);
      return opened();
    };
    // Three places, two of which an update takes: all are open after two.
    expect(rounds(2)).toBe(3);
    expect(rounds(40)).toBeGreaterThan(6);
  });

  it('has no update where there is nothing to choose from, and keeps the network as it is', () => {
    const alone = validateScenario(
      { requests: 500, services: [{ name: 'api', endpoints: [{ count: 1 }] }] },
      'x',
    );
    const { global, loop } = loopOf({ scenarios: [alone] });
    const before = global.snapshot();
    expect(loop.update(0)).toBeUndefined();
    expect(global.snapshot()).toEqual(before);
  });

  it('takes smaller steps towards the end', () => {
    const moved = (progress: number) => {
      const { global, loop } = loopOf({ hyperparameters: { ...SMALL, finalLearningRate: 0.1 } });
      const before = global.copy();
      loop.update(progress);
      return Math.max(...global.copy().map((parameter, i) => Math.abs(parameter - before[i]!)));
    };
    // The first step of Adam is as long as the learning rate; floats of weights below 2 are exact to 2^-23.
    expect(moved(0)).toBeCloseTo(SMALL.learningRate, 6);
    expect(moved(0.5)).toBeCloseTo(0.55 * SMALL.learningRate, 6);
    expect(moved(2)).toBeCloseTo(0.1 * SMALL.learningRate, 6);
  });

  it('ends with the error of a gradient that is not a number, and keeps the network', () => {
    const broken: Algorithm = {
      ...a3c,
      create: (context) => ({
        update: (...seen) => {
          const update = a3c.create(context).update(...seen)!;
          update.gradient[5] = NaN;
          return update;
        },
      }),
    };
    const { global, loop } = loopOf({ algorithm: broken });
    const before = global.snapshot();
    expect(() => loop.update(0)).toThrow(/^a gradient of w1 is NaN after update 0/);
    expect(global.snapshot()).toEqual(before);
  });
});

function training(options: Partial<TrainingOptions> = {}): TrainingOptions {
  return {
    algorithm: 'a3c',
    hyperparameters: SMALL,
    seed: 1,
    workers: 1,
    minutes: Infinity,
    updates: 4,
    scenarios: [scenario],
    backend: 'wasm',
    signal: new AbortController().signal,
    onReport: () => {},
    ...options,
  };
}

describe('a training', () => {
  it('of one worker and a number of updates ends in the same model each time', async () => {
    const [one, two] = [await train(training()), await train(training())];
    expect(one.updates).toBe(4);
    expect(two).toEqual({ ...one, elapsedMs: two.elapsedMs });
    expect((await train(training({ seed: 2 }))).served).not.toEqual(one.served);
  });

  it('counts the updates of all its workers, and reports how it stands', async () => {
    const reports: TrainingReport[] = [];
    const result = await train(
      training({ workers: 2, updates: 30, onReport: (report) => reports.push(report) }),
    );
    // Each may be at one when the last is counted.
    expect(result.updates).toBeGreaterThanOrEqual(30);
    expect(result.updates).toBeLessThanOrEqual(31);
    expect(new Set(reports.map(({ index }) => index))).toEqual(new Set([0, 1]));
    for (const { metrics, backend, leftMs } of reports) {
      expect(backend).toBe('wasm');
      expect(leftMs).toBeGreaterThanOrEqual(0);
      expect(Object.values(metrics).every(Number.isFinite)).toBe(true);
      // No more than that of an even choice out of 256.
      expect(metrics.entropy).toBeGreaterThan(0);
      expect(metrics.entropy).toBeLessThan(Math.log(256));
    }
  });

  it('ends where its signal says so', async () => {
    const stop = new AbortController();
    const result = await train(
      training({ updates: Infinity, signal: stop.signal, onReport: () => stop.abort() }),
    );
    expect(result.updates).toBeGreaterThan(0);
    expect((await train(training({ signal: stop.signal }))).updates).toBe(0);
  });

  it('ends with what its only worker found: a gradient that is not a number', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const path = join(folder, 'checkpoint');
    const hyperparameters = { ...SMALL, entropy: 1e39 };
    const checkpoint = { path, everyMs: 1e6, resume: false };
    await expect(train(training({ hyperparameters, checkpoint }))).rejects.toThrow(
      /^a gradient of \w+ is (NaN|-?Infinity) after update 0/,
    );
    expect(warned).toHaveBeenCalledOnce();
    // What there was stays on disk, and whole.
    const global = new GlobalNetwork(a3c.layout(SMALL));
    readCheckpoint(path).restore(global);
    expect(global.copy()).toEqual(a3c.initialise(SMALL, createRandom(1).fork('network')));
  });

  it('goes on from a checkpoint: updates and time count on', async () => {
    const path = join(folder, 'checkpoint');
    const first = await train(training({ checkpoint: { path, everyMs: 1e6, resume: false } }));
    const saved = readCheckpoint(path);
    const before = new GlobalNetwork(a3c.layout(SMALL));
    saved.restore(before);
    expect(before.updates).toBe(4);
    const reports: TrainingReport[] = [];
    const again = training({ updates: 6, checkpoint: { path, everyMs: 1e6, resume: true } });
    const result = await train({ ...again, onReport: (report) => reports.push(report) });
    expect([first.updates, reports[0]!.updates, result.updates]).toEqual([4, 5, 6]);
    expect(reports[0]!.decisions).toBeGreaterThan(first.decisions);
    expect(reports[0]!.elapsedMs).toBeGreaterThan(saved.state.elapsedMs);
    expect(result.elapsedMs).toBeGreaterThan(saved.state.elapsedMs);
  });

  it('goes on with other meshes than those it began with', async () => {
    const checkpoint = { path: join(folder, 'checkpoint'), everyMs: 1e6, resume: false };
    // Steps too short to change a float: the same network would see the same in the same meshes.
    const hyperparameters = { ...SMALL, learningRate: 1e-12 };
    const seen = async (options: Partial<TrainingOptions>) => {
      const reports: TrainingReport[] = [];
      await train(training({ hyperparameters, ...options, onReport: (report) => reports.push(report) }));
      return reports[0]!.metrics;
    };
    const first = await seen({ updates: 1, checkpoint });
    expect(await seen({ updates: 1 })).toEqual(first);
    expect(await seen({ updates: 2, checkpoint: { ...checkpoint, resume: true } })).not.toEqual(first);
  });

  it('does not go on from what another algorithm learned, or a network of another shape', async () => {
    const path = join(folder, 'checkpoint');
    const checkpoint = { path, everyMs: 1e6, resume: false };
    await train(training({ updates: 1, checkpoint }));
    const resume = { ...checkpoint, resume: true };
    await expect(train(training({ algorithm: 'a2c', checkpoint: resume }))).rejects.toThrow(
      `${path}: is of the algorithm a3c, not a2c`,
    );
    await expect(
      train(training({ hyperparameters: { ...SMALL, hidden1: 12 }, checkpoint: resume })),
    ).rejects.toThrow(/checkpoint: has w1 8x\d+ where this network has w1 12x\d+: resume with/);
  });

  it('is not lost where the disk is: it says so once, goes on, and tells at the end', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const path = join(folder, 'gone', 'checkpoint');
    const result = await train(training({ updates: 20, checkpoint: { path, everyMs: 1, resume: false } }));
    expect(result.updates).toBe(20);
    expect(result.served.policy).toBe('actor');
    expect(result.unsaved?.message).toContain(`${path}: the checkpoint cannot be written: ENOENT`);
    expect(warned).toHaveBeenCalledOnce();
  });

  it.skipIf(!existsSync('/dev/full'))('forgets a disk that was full for a while', async () => {
    vi.spyOn(process, 'emitWarning').mockImplementation(() => {});
    const path = join(folder, 'checkpoint');
    // The first write finds the device full and takes the link away; the next one is an ordinary file.
    symlinkSync('/dev/full', `${path}.part`);
    const result = await train(training({ updates: 20, checkpoint: { path, everyMs: 1, resume: false } }));
    expect(result.unsaved).toBeUndefined();
    expect(readCheckpoint(path).state.algorithm).toBe('a3c');
  });

  it('has workers that explore in different ways, the first as it is served', () => {
    expect(explorationOf(0)).toBe(1);
    expect(new Set([0, 1, 2, 3, 4, 5].map(explorationOf)).size).toBe(6);
    expect(explorationOf(6)).toBe(1);
  });
});
