// From scratch until the network is ahead of every peer on the validation suite, in mean and in p99, looks included.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { DEFAULTS } from '../../trainer/algorithms/defaults.js';
import { packageRoot } from '../../trainer/cli/package-root.js';
import { loadScenarios } from '../../trainer/cli/scenario-files.js';
import { train } from '../../trainer/learning/training.js';
import { Validation } from '../../trainer/learning/validation.js';

const LOOK_MS = 20_000;
const LOOK_REQUESTS = 10_000;

/** Seconds to the first look that was ahead of all; Infinity where none was. */
export async function race(minutes: number): Promise<number> {
  const controller = new AbortController();
  const scenarios = [...loadScenarios([join(packageRoot, 'bench/scenarios/validation')]).keys()];
  const suite = new Validation(scenarios, LOOK_REQUESTS, new AbortController().signal, 1);
  let seconds = Infinity;
  await train({
    algorithm: 'a3c',
    hyperparameters: DEFAULTS,
    seed: 1,
    workers: availableParallelism(),
    minutes,
    updates: Infinity,
    scenarios: [],
    validation: { suite, everyMs: LOOK_MS },
    signal: controller.signal,
    onReport: ({ standing, elapsedMs }) => {
      if (!standing || standing.mean >= 1 || standing.p99 >= 1) return;
      seconds = Math.min(seconds, elapsedMs / 1000);
      controller.abort();
    },
  });
  return seconds;
}
