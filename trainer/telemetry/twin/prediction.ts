// What the twin says that will be seen next, and how far what was then seen is from it.
import { draftScenario, type Draft } from './draft.js';
import type { Estimate } from './estimate.js';
import { requestsFor } from './fit.js';
import type { ClusterSeen } from './observations.js';
import { merged, quantileOf, totalOf } from './quantiles.js';
import type { SimulateOptions } from './simulate.js';

export const FIGURES = ['p50Ms', 'p99Ms', 'throughputRps'] as const;
export type Figure = (typeof FIGURES)[number];
/** A figure that nothing was seen of is undefined. */
export type Figures = Readonly<Record<Figure, number | undefined>>;

export interface EndpointFigures extends Figures {
  /** undefined: all endpoints of the cluster together. */
  readonly endpoint: string | undefined;
  readonly answers: number;
}

export interface Prediction {
  readonly cluster: string;
  /** Window from which on it holds. */
  readonly from: number;
  readonly figures: readonly EndpointFigures[];
}

const WARMUP_SHARE = 0.1;
/** Runs of the twin, each with arrivals and sizes of its own. */
const SEEDS = 2;

/** Of the windows after those that the estimate has seen. */
export function predict(estimate: Estimate, draft: Draft, options: SimulateOptions): Prediction {
  const { simulate, policy, seed } = options;
  const requests = requestsFor(estimate, draft);
  const size = { requests, warmup: Math.round(requests * WARMUP_SHARE), asItWas: false };
  const scenario = draftScenario(estimate, draft, size);
  const runs = Array.from({ length: SEEDS }, (_, i) => simulate({ scenario, policy, seed: seed + i }));
  const seconds = runs.reduce((total, run) => total + run.seconds, 0);
  const own = estimate.endpoints.map(({ address }, i) => {
    const parts = runs.map((run) => run.endpoints[i]!);
    const requests = parts.reduce((total, part) => total + part.requests, 0);
    return { endpoint: address, latency: merged(parts.map(({ latency }) => latency)), requests };
  });
  return {
    cluster: estimate.seen.name,
    from: estimate.seen.to,
    figures: withAll(own).map((one) => figuresOf(one.endpoint, one.latency, one.requests / seconds)),
  };
}

/** The same figures of what was seen. */
export function measure(seen: ClusterSeen): EndpointFigures[] {
  const seconds = (seen.arrivals.length * seen.windowMs) / 1000;
  const own = seen.endpoints.map(({ address, windows, latency }) => {
    const requests = windows.reduce(
      (total, window) => total + (window ? window.answers + window.http5xx : 0),
      0,
    );
    return { endpoint: address, latency, requests };
  });
  return withAll(own).map((one) => figuresOf(one.endpoint, one.latency, one.requests / seconds));
}

interface Part {
  readonly endpoint: string | undefined;
  readonly latency: Float64Array;
  readonly requests: number;
}

function withAll(own: readonly Part[]): Part[] {
  const requests = own.reduce((total, part) => total + part.requests, 0);
  return [{ endpoint: undefined, latency: merged(own.map(({ latency }) => latency)), requests }, ...own];
}

function figuresOf(
  endpoint: string | undefined,
  latency: Float64Array,
  throughputRps: number,
): EndpointFigures {
  return {
    endpoint,
    answers: totalOf(latency),
    p50Ms: quantileOf(latency, 0.5),
    p99Ms: quantileOf(latency, 0.99),
    throughputRps,
  };
}
