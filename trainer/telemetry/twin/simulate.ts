// A scenario of one service in the simulator, with what its proxies would see of each endpoint: the same figures as reports.
import { expandEndpoints } from '../../environment/capacity.js';
import type { SimulatorPolicy } from '../../environment/policies.js';
import type { Scenario } from '../../environment/scenario.js';
import type { Served } from '../../environment/served.js';
import { Simulator, type CompiledSimulator } from '../../environment/simulator.js';
import { BINS, binOf } from '../sketch.js';

export interface TwinJob {
  /** One service; no endpoint joins or leaves. */
  readonly scenario: Scenario;
  readonly policy: SimulatorPolicy;
  readonly seed: number;
}

export interface EndpointRun {
  /** Requests that ended there, with those that failed. */
  readonly requests: number;
  readonly errors: number;
  /** Answers without an error by latency bin (sketch.ts). */
  readonly latency: Float64Array;
}

export interface TwinRun {
  /** Simulated, from the first request that counts to the last one. */
  readonly seconds: number;
  /** In the order of the scenario's endpoints. */
  readonly endpoints: readonly EndpointRun[];
}

/** How the twin has something simulated. */
export interface SimulateOptions {
  readonly simulate: (job: TwinJob) => TwinRun;
  readonly policy: SimulatorPolicy;
  /** Of the arrivals and sizes. */
  readonly seed: number;
}

/** Decisions that are read out at a time: as many records as the simulator should hold. */
const STRETCH = 400;
const ROOM = 4096;

interface Placed {
  readonly endpoint: number;
  readonly counts: boolean;
}

/** @param served what decides where the job's policy is the one of it */
export function simulateEndpoints(compiled: CompiledSimulator, job: TwinJob, served?: Served): TwinRun {
  const { scenario, policy, seed } = job;
  const endpoints = expandEndpoints(scenario.services[0]!).map(() => ({
    requests: 0,
    errors: 0,
    latency: new Float64Array(BINS),
  }));
  const record = { share: 1, decisions: ROOM, rows: ROOM * endpoints.length };
  const decides = policy === served?.policy ? served : { policy };
  const simulator = new Simulator(compiled, scenario, { ...decides, seed, record });
  const open = new Map<number, Placed>();
  let stepMs = 10;
  for (let going = true; going;) {
    going = simulator.advance(Math.max(simulator.figure('now'), 0) + stepMs);
    const made = simulator.takeDecisions();
    for (let d = 0; d < made.count; d++) {
      const endpoint = made.chosen[d]! - made.first[d]!;
      open.set(made.number[d]!, { endpoint, counts: made.number[d]! >= scenario.warmup });
    }
    const { count, number, ending, latency } = made.outcomes;
    for (let o = 0; o < count; o++) {
      const placed = open.get(number[o]!);
      open.delete(number[o]!);
      if (placed?.counts !== true) continue;
      const at = endpoints[placed.endpoint]!;
      at.requests += 1;
      if (ending[o] === 0) at.latency[binOf(latency[o]!)]! += 1;
      else at.errors += 1;
    }
    if (made.count < STRETCH / 2) stepMs *= 1.5;
    else if (made.count > STRETCH * 2) stepMs /= 2;
  }
  return { seconds: (simulator.figure('to') - simulator.figure('from')) / 1000, endpoints };
}
