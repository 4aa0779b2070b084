// One run of the simulator, and what a decision costs at its end.
import type { Served } from '../environment/served.js';
import { Simulator, type CompiledSimulator } from '../environment/simulator.js';
import type { Job } from './plan.js';
import type { Run } from './results.js';

/** Decisions of a measurement: some 0.1 to 2 ms, long against the clock's grain, short against another's time slice. */
const ROUNDS = 256;
const REPETITIONS = 5;

/** @param served what decides where the job's policy is the one of it */
export function simulate(compiled: CompiledSimulator, job: Job, served?: Served): Run {
  const { scenario, policy, seed } = job;
  const decides = policy === served?.policy ? served : { policy };
  const simulator = new Simulator(compiled, scenario, { ...decides, seed });
  return { ...simulator.run(), decisionNs: decisionNs(simulator) };
}

/** The least of a few measurements: whatever else runs on the machine can only add to it. */
function decisionNs(simulator: Simulator): number {
  const times = Array.from({ length: REPETITIONS }, () => {
    const start = performance.now();
    simulator.decide(ROUNDS);
    return performance.now() - start;
  });
  return (Math.min(...times) / ROUNDS) * 1e6;
}
