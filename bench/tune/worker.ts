// Runs scenarios under one policy with a variant of the simulator: what a thread of `npm run tune` does.
import { parentPort } from 'node:worker_threads';
import type { SimulatorPolicy } from '../../trainer/environment/policies.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import { compileSimulator, Simulator } from '../../trainer/environment/simulator.js';

export interface Task {
  readonly id: number;
  readonly wasm: Uint8Array;
  readonly scenario: Scenario;
  readonly policy: SimulatorPolicy;
  readonly seed: number;
}
export interface Done {
  readonly id: number;
  /** log(mean) + 0.7 log(p99), failures counted as ten times the mean. */
  readonly cost: number;
}

/** Weight of the tail beside the mean (DESIGN: sketches with evolution strategies). */
const TAIL = 0.7;

parentPort!.on('message', ({ id, wasm, scenario, policy, seed }: Task) => {
  const { meanMs, p99Ms, errors, requests } = new Simulator(compileSimulator(wasm), scenario, {
    policy,
    seed,
  }).run();
  const cost = Math.log(meanMs) + TAIL * Math.log(p99Ms) + (10 * errors) / requests;
  parentPort!.postMessage({ id, cost } satisfies Done);
});
