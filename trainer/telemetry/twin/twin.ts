// The twin: a scenario a cluster, calibrated from what the sidecars report, with predictions that are held against what they
// report next. Time is an argument; what takes long runs where `calibrate` runs it.
import { PROXY_POLICIES, type ProxyPolicy } from '../../environment/policies.js';
import type { ServedModel } from '../../environment/served.js';
import type { Report } from '../report.js';
import type { Calibrate, TwinScenario } from './calibrate.js';
import {
  LEAST_ANSWERS,
  LEAST_BUSY_WINDOWS,
  LEAST_WINDOWS,
  MOST_ARRIVALS,
  MOST_MISFIT,
  SEGMENT,
} from './limits.js';
import { Observations, type ClusterSeen } from './observations.js';
import { measure, type Prediction } from './prediction.js';
import { mean, sum } from './series.js';
import { TwinErrors, type TwinError } from './twin-error.js';

export interface TwinOptions {
  /** `calibrateInThreads(..)` where the event loop must stay free. */
  readonly calibrate: Calibrate;
  /** Requests that a scenario asks for, and those before. */
  readonly requests?: number;
  readonly warmup?: number;
  readonly seed?: number;
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

const REQUESTS = 20_000;
const WARMUP = 2000;

export class Twin {
  readonly #options: Required<TwinOptions>;
  readonly #observations = new Observations();
  readonly #twins = new Map<string, TwinScenario>();
  /** Those that are not compared yet. */
  readonly #predictions = new Map<string, Prediction>();
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
   * Calibrates the clusters that have been seen enough, and predicts for those of which no prediction is open. Predictions
   * that can be compared are, first.
   * @param served the model that the policy `actor` runs now
   * @throws {Error} naming the cluster whose calibration fails
   */
  async calibrate(now: number, served?: ServedModel): Promise<Calibration> {
    this.compare(now);
    const { calibrate, seed, requests, warmup } = this.#options;
    const skipped: Skipped[] = [];
    const jobs = this.#observations.names().flatMap((cluster) => {
      const all = this.#observations.seen(cluster, now);
      if (all === undefined) return [];
      const seen = this.#observations.seen(cluster, now, lookBack(all))!;
      const policy = policyOf(seen);
      const why = tooLittle(seen) ?? missing(policy, served);
      if (why === undefined) return [{ seen, policy, seed, requests, warmup }];
      skipped.push({ cluster, why });
      return [];
    });
    const calibrated = await calibrate(jobs, served);
    jobs.forEach(({ seen: { name } }, i) => {
      const found = calibrated[i];
      if (found === undefined) {
        skipped.push({ cluster: name, why: 'none of its endpoints answers' });
        return;
      }
      const { misfit } = found.twin;
      if (misfit > MOST_MISFIT) {
        skipped.push({
          cluster: name,
          why: `fits badly: misfit ${misfit.toFixed(2)}, at most ${MOST_MISFIT}`,
        });
        return;
      }
      this.#twins.set(name, found.twin);
      if (!this.#predictions.has(name)) this.#predictions.set(name, found.prediction);
    });
    const known = this.#observations.names();
    for (const cluster of this.#twins.keys()) if (!known.includes(cluster)) this.#forget(cluster);
    this.#skipped = skipped;
    return { twins: this.list(), skipped };
  }

  /** Holds predictions against what has been seen since, where that is enough windows. */
  compare(now: number): void {
    for (const [cluster, prediction] of this.#predictions) {
      // Latencies are kept by segment: from the first one that begins after the prediction.
      const from = Math.ceil(prediction.from / SEGMENT) * SEGMENT;
      const seen = this.#observations.seen(cluster, now, from);
      const to = seen && Math.floor(seen.to / SEGMENT) * SEGMENT;
      if (seen === undefined || to! - seen.from < LEAST_WINDOWS) continue;
      this.#errors.compare(prediction, measure(until(seen, to!)));
      this.#predictions.delete(cluster);
    }
  }

  list(): TwinScenario[] {
    return [...this.#twins.values()];
  }

  scenario(cluster: string): TwinScenario | undefined {
    return this.#twins.get(cluster);
  }

  /** Those that are not compared yet. */
  predictions(): Prediction[] {
    return [...this.#predictions.values()];
  }

  errors(): TwinError[] {
    return this.#errors.list();
  }

  /** Of the last calibration. */
  get skipped(): readonly Skipped[] {
    return this.#skipped;
  }

  #forget(cluster: string): void {
    this.#twins.delete(cluster);
    this.#predictions.delete(cluster);
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

const missing = (policy: ProxyPolicy, served: ServedModel | undefined): string | undefined =>
  policy === 'actor' && served === undefined
    ? 'the policy actor serves, and its model was not given'
    : undefined;

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
