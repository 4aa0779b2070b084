// The cells of the comparison, a scenario under a policy each: first their runs of the real mesh, then the simulated ones.
import type { ProxyPolicy } from '../../trainer/environment/policies.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import { median } from '../result.js';
import { FIGURES, type Cell } from './compare.js';
import { measureNetworkMs } from './idle-mesh.js';
import type { RealMesh, RealRun } from './real-mesh.js';
import { simulate } from './simulated.js';

/** Runs of the simulator for each one of the real mesh. */
const THROWS = 8;

/** What was measured of a scenario. */
interface Measured {
  readonly scenario: Scenario;
  /** What the simulator is told of a hop, one way: one for each seed. */
  readonly networkMs: number[];
  /** By policy, one for each seed. */
  readonly runs: ReadonlyMap<ProxyPolicy, RealRun[]>;
}

export interface MeasuredCell extends Cell {
  readonly networkMs: readonly number[];
  readonly cpuBusy: readonly number[];
  readonly errors: readonly number[];
}

export interface Plan {
  readonly scenarios: readonly Scenario[];
  readonly policies: readonly ProxyPolicy[];
  /** From 1 on. */
  readonly seeds: number;
}

export const runsOf = ({ scenarios, policies, seeds }: Plan): number =>
  scenarios.length * (policies.length + 1) * seeds;

/**
 * Every scenario idle and under every policy, once a seed, forth and back in turn, so that what else the machine does falls
 * on all alike.
 */
export async function measureAll(plan: Plan, real: RealMesh, onRun: () => void): Promise<MeasuredCell[]> {
  const all = plan.scenarios.map((scenario): Measured => {
    return { scenario, networkMs: [], runs: new Map(plan.policies.map((policy) => [policy, []])) };
  });
  const runs = all.flatMap(({ scenario, networkMs, runs }) => [
    async () => void networkMs.push(await measureNetworkMs(real, scenario)),
    ...[...runs].map(([policy, own]) => async (seed: number) => {
      own.push(await real.run({ ...scenario, seed }, policy));
    }),
  ]);
  for (let seed = 1; seed <= plan.seeds; seed++) {
    for (const run of seed % 2 === 1 ? runs : runs.toReversed()) {
      await run(seed);
      onRun();
    }
  }
  return all.flatMap((measured) => plan.policies.map((policy) => simulateCell(measured, policy)));
}

function simulateCell({ scenario, networkMs, runs }: Measured, policy: ProxyPolicy): MeasuredCell {
  const real = runs.get(policy)!;
  const told = { ...scenario, networkMs: median(networkMs) };
  const simulated = real.map((_, i) => simulate({ ...told, seed: i + 1 }, policy, THROWS));
  const [p50Ms, p99Ms] = FIGURES.map((figure) => ({
    real: real.map((run) => run[figure]),
    simulated: simulated.map((run) => run[figure]),
  }));
  return {
    scenario: scenario.name,
    policy,
    networkMs,
    p50Ms: p50Ms!,
    p99Ms: p99Ms!,
    cpuBusy: real.map((run) => run.cpuBusy),
    errors: real.map((run) => run.errors),
  };
}
