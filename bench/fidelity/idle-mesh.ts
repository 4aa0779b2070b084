// What a hop of the real mesh costs beside the job: sidecars, sockets, event loops. Measured on an idle mesh with jobs of
// no size, so that nothing of the loaded results goes into what the simulator is told.
import { capacityPerSecond, findService } from '../../trainer/environment/capacity.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import { simulate } from './simulated.js';
import type { RealMesh } from './real-mesh.js';

const POLICY = 'round-robin';
/** So few that one rarely meets another: each takes a few milliseconds. */
const RATE = 40;
const REQUESTS = 400;
/** Node and Envoy are warm then, and connections stand. */
const WARMUP = 200;
/** The schema wants a size; a thousandth of a millisecond is no time. */
const NO_TIME = { kind: 'deterministic', meanMs: 0.001 } as const;

/** The scenario without load: same sidecars, same calls. */
function idle(scenario: Scenario): Scenario {
  const services = scenario.services.map((service) => ({ ...service, serviceTime: NO_TIME, classes: [] }));
  const { service } = scenario.load;
  const empty: Scenario = { ...scenario, services, faults: [], requests: REQUESTS, warmup: WARMUP };
  const utilisation = RATE / capacityPerSecond(findService(empty, service));
  return { ...empty, load: { service, utilisation, pattern: { kind: 'steady' } } };
}

/**
 * `networkMs` with which the simulated mesh, idle, has the median latency of the real one: per hop and way. The latency is
 * that of the measurement, so that what the load generator's timers add is in it.
 */
export async function measureNetworkMs(real: RealMesh, scenario: Scenario): Promise<number> {
  const empty = idle(scenario);
  const { p50Ms, requests, errors } = await real.run(empty, POLICY);
  if (errors > 0) throw new Error(`${errors} of ${requests} requests to the idle mesh failed`);
  const [oneMs] = simulate({ ...empty, networkMs: 1 }, POLICY, 1).p50Ms;
  return p50Ms / oneMs!;
}
