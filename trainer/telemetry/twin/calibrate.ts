// From the windows of a cluster to its twin: all that takes time, for a worker thread (threads.ts). Pure.
import type { ProxyPolicy } from '../../environment/policies.js';
import type { Scenario } from '../../environment/schema.js';
import type { ServedModel } from '../../environment/served.js';
import type { CompiledSimulator } from '../../environment/simulator.js';
import { confidenceOf, type Confidence } from './confidence.js';
import { draftScenario } from './draft.js';
import type { SeenFault } from './estimate-faults.js';
import { estimate } from './estimate.js';
import { fit } from './fit.js';
import { WINDOW_MS } from './limits.js';
import type { ClusterSeen } from './observations.js';
import { predict, type Prediction } from './prediction.js';
import { simulateEndpoints } from './simulate.js';

export interface CalibrationJob {
  readonly seen: ClusterSeen;
  readonly policy: ProxyPolicy;
  readonly seed: number;
  /** Requests that the scenario asks for, and those before. */
  readonly requests: number;
  readonly warmup: number;
}

/** A fault that was seen, in ms of the time that `observe` was told. */
export interface TwinFault extends Omit<SeenFault, 'from' | 'to'> {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface TwinScenario {
  readonly cluster: string;
  /** As it is now: what goes on goes on, what is over is over. One service; its endpoints are `addresses`. */
  readonly scenario: Scenario;
  /** As it was in the windows: arrivals and faults at their times. */
  readonly replay: Scenario;
  readonly addresses: readonly string[];
  readonly faults: readonly TwinFault[];
  readonly policy: ProxyPolicy;
  /** End of the last window that it knows, ms. */
  readonly calibratedAt: number;
  readonly windows: number;
  /** Root mean square of the log ratios of simulated to measured quantiles. */
  readonly misfit: number;
  readonly confidence: readonly Confidence[];
}

export interface Calibrated {
  readonly twin: TwinScenario;
  readonly prediction: Prediction;
}

/** What runs jobs, in the order of their results; undefined of a cluster whose endpoints do not answer. */
export type Calibrate = (
  jobs: readonly CalibrationJob[],
  served?: ServedModel,
) => Promise<(Calibrated | undefined)[]>;

/** @param served what the policy `actor` runs */
export function calibrateCluster(
  compiled: CompiledSimulator,
  job: CalibrationJob,
  served?: ServedModel,
): Calibrated | undefined {
  const { seen, policy, seed, requests, warmup } = job;
  const estimated = estimate(seen);
  if (estimated.endpoints.length === 0) return undefined;
  const options = {
    simulate: (one: Parameters<typeof simulateEndpoints>[1]) => simulateEndpoints(compiled, one, served),
    policy,
    seed,
  };
  const { draft, misfit } = fit(estimated, options);
  const start = seen.from * WINDOW_MS;
  const twin: TwinScenario = {
    ...{ cluster: seen.name, policy, misfit },
    scenario: draftScenario(estimated, draft, { requests, warmup, asItWas: false }),
    replay: draftScenario(estimated, draft, { requests, warmup, asItWas: true }),
    addresses: estimated.endpoints.map(({ address }) => address),
    faults: estimated.faults.map(({ from, to, ...fault }) => ({
      ...fault,
      fromMs: start + from * WINDOW_MS,
      toMs: start + to * WINDOW_MS,
    })),
    calibratedAt: seen.to * WINDOW_MS,
    windows: seen.arrivals.length,
    confidence: confidenceOf(estimated, draft, misfit),
  };
  return { twin, prediction: predict(estimated, draft, options) };
}
