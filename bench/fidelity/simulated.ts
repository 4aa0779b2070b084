// The same run in the simulator: the same arrivals, jobs, calls and proxies, other dice of the policies each time.
import { encodeModel } from '../../trainer/actor/model-file.js';
import type { SimulatorPolicy } from '../../trainer/environment/policies.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import { loadSimulator } from '../../trainer/environment/simulator-file.js';
import { Simulator } from '../../trainer/environment/simulator.js';
import { MODEL } from './real-mesh.js';

export interface SimulatedRuns {
  /** One for each throw. */
  readonly p50Ms: readonly number[];
  readonly p99Ms: readonly number[];
}

/** A real mesh throws its dice once; the simulator can afford to average over several throws. */
export function simulate(scenario: Scenario, policy: SimulatorPolicy, throws: number): SimulatedRuns {
  const model = encodeModel(MODEL);
  const runs = Array.from({ length: throws }, (_, i) =>
    new Simulator(loadSimulator(), scenario, { policy, model, dice: i + 1 }).run(),
  );
  return { p50Ms: runs.map((run) => run.p50Ms), p99Ms: runs.map((run) => run.p99Ms) };
}
