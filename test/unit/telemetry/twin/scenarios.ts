// Meshes to be recovered, and what their twins are held to.
import { expandEndpoints, meanServiceMs } from '../../../../trainer/environment/capacity.js';
import { validateScenario, type Scenario } from '../../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../../trainer/environment/simulator-file.js';
import { modelBytes } from './serving.js';
import { merged, quantileOf } from '../../../../trainer/telemetry/twin/quantiles.js';
import { simulateEndpoints } from '../../../../trainer/telemetry/twin/simulate.js';
import { Twin } from '../../../../trainer/telemetry/twin/twin.js';
import {
  calibrateCluster,
  type Calibrate,
  type TwinScenario,
} from '../../../../trainer/telemetry/twin/calibrate.js';
import { addressOf, simulatedReports, type SimulatedReportsOptions } from './simulated-reports.js';

export const served = { policy: 'actor', model: modelBytes } as const;

/** In this thread: tests have no event loop to keep free. */
export const calibrateHere: Calibrate = async (jobs, decides) =>
  jobs.map((job) => calibrateCluster(loadSimulator(), job, decides));

export interface MeshOptions {
  readonly endpoints: readonly object[];
  readonly serviceTime: object;
  readonly utilisation: number;
  readonly pattern?: object;
  readonly faults?: readonly object[];
  readonly service?: object;
  readonly proxies?: number;
}

export function mesh(name: string, options: MeshOptions): Scenario {
  const { endpoints, serviceTime, utilisation, pattern = {}, faults = [], service, proxies = 2 } = options;
  return validateScenario(
    {
      ...{ name, requests: 40_000, warmup: 2000, proxies, workersPerProxy: 2 },
      services: [{ name: 'api', endpoints, serviceTime, ...service }],
      load: { service: 'api', utilisation, pattern },
      faults: faults.map((fault) => ({ service: 'api', ...fault })),
      // Proxies tell each other as often as they report.
      signals: { fleetViewMs: 1000 },
    },
    name,
  );
}

/** The twin of a mesh that was watched for two minutes. */
export async function twinOf(
  scenario: Scenario,
  options: SimulatedReportsOptions = {},
): Promise<TwinScenario> {
  const twin = new Twin({ calibrate: calibrateHere });
  const seconds = 121;
  for (const { at, reports } of simulatedReports(scenario, 'actor', seconds, { served, ...options }))
    for (const report of reports) twin.observe(report, at);
  const { twins, skipped } = await twin.calibrate(seconds * 1000, served);
  if (twins[0] === undefined) throw new Error(skipped[0]?.why ?? 'no twin');
  return twins[0];
}

/** Speeds of the twin over the true ones, relative to the first endpoint, by endpoint of the truth. */
export function speedRatios({ scenario, addresses }: TwinScenario, truth: Scenario): number[] {
  const own = expandEndpoints(scenario.services[0]!);
  const ratios = expandEndpoints(truth.services[0]!).map(
    ({ speed }, i) => own[addresses.indexOf(addressOf(i))]!.speed / speed,
  );
  return ratios.map((ratio) => ratio / ratios[0]!);
}

export const slotsOf = ({ scenario, addresses }: TwinScenario): number[] => {
  const own = expandEndpoints(scenario.services[0]!);
  return addresses.map((_, i) => own[addresses.indexOf(addressOf(i))]!.workers);
};

/** Ms that the endpoint `i` of the truth takes for a mean request. */
export function serviceMsOf({ scenario, addresses }: TwinScenario, i: number): number {
  const [service] = scenario.services;
  return (
    meanServiceMs(service!.serviceTime) / expandEndpoints(service!)[addresses.indexOf(addressOf(i))]!.speed
  );
}

/** Long-run p99 of a scenario, ms. */
export function p99Of(scenario: Scenario): number {
  const runs = [101, 102].map((seed) =>
    simulateEndpoints(
      loadSimulator(),
      { scenario: { ...scenario, requests: 40_000 }, policy: 'actor', seed },
      served,
    ),
  );
  return quantileOf(merged(runs.flatMap(({ endpoints }) => endpoints.map(({ latency }) => latency))), 0.99)!;
}
