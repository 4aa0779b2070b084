// The twin: a scenario a cluster, calibrated from what the sidecars report, with predictions that are held against what they
// report next. Time is an argument; simulations run where `simulate` runs them.
import { PROXY_POLICIES, type ProxyPolicy, type SimulatorPolicy } from '../../environment/policies.js';
import type { Scenario } from '../../environment/schema.js';
import type { ServedModel } from '../../environment/served.js';
import type { Report } from '../report.js';
import { confidenceOf, type Confidence } from './confidence.js';
import { draftScenario, type Draft } from './draft.js';
import { estimate, type Estimate } from './estimate.js';
import type { SeenFault } from './estimate-faults.js';
import { fit } from './fit.js';
import {
  LEAST_ANSWERS,
  LEAST_BUSY_WINDOWS,
  LEAST_WINDOWS,
  MOST_ARRIVALS,
  SEGMENT,
  WINDOW_MS,
} from './limits.js';
import { Observations, type ClusterSeen } from './observations.js';
import { measure, predict, type Prediction } from './prediction.js';
import { mean, sum } from './series.js';
import type { Simulate } from './simulate.js';
import { TwinErrors, type TwinError } from './twin-error.js';

export interface TwinOptions {
  readonly simulate: Simulate;
  /** Requests that a scenario asks for, and those before. */
  readonly requests?: number;
  readonly warmup?: number;
  readonly seed?: number;
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
  readonly policy: SimulatorPolicy;
  readonly calibratedAt: number;
  readonly windows: number;
  /** Root mean square of the log ratios of simulated to measured quantiles. */
  readonly misfit: number;
  readonly confidence: readonly Confidence[];
}

/** Why a cluster has no twin, or an old one. */
export interface Skipped {
  readonly cluster: string;
  readonly why: string;
}

export interface Calibration {
  readonly twins: readonly TwinScenario[];
  readonly skipped: readonly Skipped[];
}

interface Calibrated {
  readonly twin: TwinScenario;
  readonly estimate: Estimate;
  readonly draft: Draft;
  prediction: Prediction | undefined;
}

const REQUESTS = 20_000;
const WARMUP = 2000;

export class Twin {
  readonly #options: Required<TwinOptions>;
  readonly #observations = new Observations();
  readonly #calibrated = new Map<string, Calibrated>();
  readonly #errors = new TwinErrors();
  #skipped: readonly Skipped[] = [];

  constructor(options: TwinOptions) {
    this.#options = { requests: REQUESTS, warmup: WARMUP, seed: 1, ...options };
  }

  /** @param now ms of a monotone clock */
  observe(report: Report, now: number): void {
    this.#observations.observe(report, now);
  }

  /**
   * Calibrates the clusters that have been seen enough, one after the other.
   * @param served the model that the policy `actor` runs now
   */
  async calibrate(now: number, served?: ServedModel): Promise<Calibration> {
    const skipped: Skipped[] = [];
    for (const cluster of this.#observations.names()) {
      const why = await this.#calibrateCluster(cluster, now, served);
      if (why !== undefined) skipped.push({ cluster, why });
    }
    for (const cluster of this.#calibrated.keys())
      if (!this.#observations.names().includes(cluster)) this.#forget(cluster);
    this.#skipped = skipped;
    return { twins: this.list(), skipped };
  }

  /**
   * Predicts from what was last calibrated, after comparing the predictions before with what has been seen since. A
   * prediction is compared once enough windows have passed, and made anew then or where `calibrate` changed the twin.
   */
  async predict(now: number, served?: ServedModel): Promise<readonly Prediction[]> {
    this.compare(now);
    for (const one of this.#calibrated.values()) {
      const { twin, estimate, draft } = one;
      if (one.prediction !== undefined || !canRun(twin.policy, served)) continue;
      const { simulate, seed } = this.#options;
      const { policy } = twin;
      const made = await predict(estimate, draft, { simulate, policy, seed, ...(served ? { served } : {}) });
      one.prediction = { ...made, from: Math.floor(now / WINDOW_MS) };
    }
    return this.predictions();
  }

  /** Holds predictions against what has been seen since, where that is two segments of windows or more. */
  compare(now: number): void {
    for (const one of this.#calibrated.values()) {
      if (one.prediction === undefined) continue;
      // Latencies are kept by segment: from the first one that begins after the prediction.
      const from = Math.ceil(one.prediction.from / SEGMENT) * SEGMENT;
      const seen = this.#observations.seen(one.twin.cluster, now, from);
      const to = seen && Math.floor(seen.to / SEGMENT) * SEGMENT;
      if (seen === undefined || to! - seen.from < LEAST_WINDOWS) continue;
      this.#errors.compare(one.prediction, measure(until(seen, to!)));
      one.prediction = undefined;
    }
  }

  scenario(cluster: string): TwinScenario | undefined {
    return this.#calibrated.get(cluster)?.twin;
  }

  predictions(): Prediction[] {
    return [...this.#calibrated.values()].flatMap(({ prediction }) => (prediction ? [prediction] : []));
  }

  errors(): TwinError[] {
    return this.#errors.list();
  }

  get skipped(): readonly Skipped[] {
    return this.#skipped;
  }

  list(): TwinScenario[] {
    return [...this.#calibrated.values()].map(({ twin }) => twin);
  }

  /** Returns why not. */
  async #calibrateCluster(cluster: string, now: number, served?: ServedModel): Promise<string | undefined> {
    const all = this.#observations.seen(cluster, now);
    if (all === undefined) return undefined;
    const seen = this.#observations.seen(cluster, now, lookBack(all))!;
    const why = tooLittle(seen);
    if (why !== undefined) return why;
    const policy = policyOf(seen);
    if (!canRun(policy, served)) return 'the policy actor serves, and its model was not given';
    const estimated = estimate(seen);
    if (estimated.endpoints.length === 0) return 'none of its endpoints answers';
    const { simulate, seed, requests, warmup } = this.#options;
    const options = { simulate, policy, seed, ...(served ? { served } : {}) };
    const { draft, misfit } = await fit(estimated, options);
    const start = seen.from * WINDOW_MS;
    const size = { requests, warmup };
    const twin: TwinScenario = {
      ...{ cluster, policy, misfit },
      scenario: draftScenario(estimated, draft, { ...size, asItWas: false }),
      replay: draftScenario(estimated, draft, { ...size, asItWas: true }),
      addresses: estimated.endpoints.map(({ address }) => address),
      faults: estimated.faults.map(({ from, to, ...fault }) => ({
        ...fault,
        fromMs: start + from * WINDOW_MS,
        toMs: start + to * WINDOW_MS,
      })),
      calibratedAt: now,
      windows: seen.arrivals.length,
      confidence: confidenceOf(estimated, draft, misfit),
    };
    const prediction = this.#calibrated.get(cluster)?.prediction;
    this.#calibrated.set(cluster, { twin, estimate: estimated, draft, prediction });
    return undefined;
  }

  #forget(cluster: string): void {
    this.#calibrated.delete(cluster);
    this.#errors.forget(cluster);
  }
}

/** The first window that is looked at, where a segment begins: busy clusters tell enough in less time. */
function lookBack({ arrivals, to }: ClusterSeen): number {
  const windows = Math.max(LEAST_BUSY_WINDOWS, Math.floor(MOST_ARRIVALS / Math.max(1, mean(arrivals))));
  return Math.floor(Math.max(0, to - windows) / SEGMENT) * SEGMENT;
}

function tooLittle({ arrivals, endpoints }: ClusterSeen): string | undefined {
  if (arrivals.length < LEAST_WINDOWS)
    return `seen for ${arrivals.length} windows of a second, and it takes ${LEAST_WINDOWS}`;
  const answers = sum(endpoints.map(({ windows }) => sum(windows.map((window) => window?.answers ?? 0))));
  return answers < LEAST_ANSWERS
    ? `${Math.round(answers)} answers seen, and it takes ${LEAST_ANSWERS}`
    : undefined;
}

/** Where the filter does not steer, Envoy's own balancing does, as it is set up for the fallback. */
function policyOf({ policy, mode }: ClusterSeen): ProxyPolicy {
  if (mode !== '' && mode !== 'act') return 'least-request';
  return PROXY_POLICIES.find((known) => known === policy) ?? 'least-request';
}

const canRun = (policy: SimulatorPolicy, served: ServedModel | undefined): boolean =>
  policy !== 'actor' || served !== undefined;

/** The windows before `to` alone: what has a sketch too. */
const until = (seen: ClusterSeen, to: number): ClusterSeen => ({
  ...seen,
  to,
  arrivals: seen.arrivals.slice(0, to - seen.from),
  endpoints: seen.endpoints.map((endpoint) => ({
    ...endpoint,
    windows: endpoint.windows.slice(0, to - seen.from),
  })),
});
