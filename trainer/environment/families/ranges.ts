// Every range that scenarios are drawn from, in one place: what the suite covers, and what training randomises over. A
// family may narrow a range (training.ts, validation.ts), none goes beyond it. Both ends can be drawn.

/** Lowest and highest value. */
export type Range = readonly [low: number, high: number];

export const RANGES = {
  /** Endpoints of the entry service. */
  endpoints: [2, 64],
  /** Sidecars that balance the entry service, each on its own, and the worker threads of each. */
  proxies: [1, 64],
  workersPerProxy: [1, 4],
  /** Speed of a slot relative to the nominal one, and slots of an endpoint. */
  speed: [0.2, 2],
  workers: [1, 8],
  /** Kinds of machine in an uneven fleet. */
  machines: [2, 5],
  /** One way: from the same zone to the next one. */
  networkMs: [0.1, 2],

  /** Of the entry service's capacity, for fleets that can keep up. */
  utilisation: [0.4, 0.9],
  /** For those that cannot: queues are full for as long as the load lasts. */
  overload: [1, 1.1],
  overloadQueue: [50, 200],
  overloadTimeoutMs: [2500, 10_000],

  /** Inner services: their rates follow from the calls, their endpoints from the rates. */
  innerUtilisation: [0.35, 0.85],
  /** The same where endpoints are going to be slow or away: no more than what the others can carry. */
  troubledUtilisation: [0.35, 0.55],
  innerEndpoints: [3, 16],
  innerSpeed: [0.5, 1.5],
  /** What is aimed at: whole numbers of workers move it, to 2 .. 60. */
  innerMeanMs: [5, 30],
  /** Chance of a call that is not made every time. */
  callProbability: [0.25, 0.8],

  /** Mean time of a job on a slot of speed 1. */
  meanMs: [2, 60],
  /** Of a lognormal service time; less where classes tell a part of the spread; more where the tail is the point. */
  sigma: [0.4, 1.4],
  classSigma: [0.3, 0.8],
  heavySigma: [1.6, 2.2],
  /** Of a Pareto service time; below 2 its variance is infinite. */
  alpha: [2.2, 3],
  heavyAlpha: [1.6, 2.1],
  /** Empirical service times are hits of a cache and misses that take this many times as long; share of misses. */
  miss: [4, 12],
  missShare: [0.1, 0.3],
  heavyMiss: [25, 60],
  heavyMissShare: [0.02, 0.05],

  /** Request classes, and how much longer the heaviest takes than the cheapest. */
  classes: [2, 6],
  spread: [3, 30],

  /** Peak of a burst in units of capacity, share of time in bursts, their mean length. */
  burstPeak: [0.9, 1.4],
  burstShare: [0.1, 0.4],
  burstSeconds: [0.1, 3],
  /** Amplitude of a day or a ramp, and days in a run. */
  swing: [0.1, 0.7],
  days: [2, 5],
  /** Steps of a trace. */
  steps: [20, 40],

  /** Faults of a run, and their lengths as shares of the run. */
  faults: [1, 4],
  faultLength: [0.08, 0.3],
  /** Speed that is left to an endpoint that is slow. */
  slow: [0.1, 0.6],
  /** Share of requests that an endpoint with errors fails. */
  errors: [0.1, 1],
  /** Endpoints that slow down at random, and for how long as a share of the run. */
  randomSlowShare: [0.1, 0.3],
  randomSlowLength: [0.02, 0.06],

  /** Requests a pair of proxy worker and endpoint of a cold start. */
  coldRequests: [2, 6],
} as const satisfies Record<string, Range>;

/** How often a proxy may get the fleet's view; 0 = it never does. */
export const FLEET_VIEWS_MS = [0, 250, 1000] as const;

/** A run is at least so long, in requests; in requests a pair of proxy worker and endpoint; at most so long. */
export const LEAST_REQUESTS = 20_000;
export const REQUESTS_PER_PAIR = 30;
export const MOST_REQUESTS = 250_000;
/** What a run should not need more than for its seconds: mean service times are drawn so that it does not. */
export const USUAL_REQUESTS = 120_000;
/**
 * What comes before the requests that count, as a share of them and in seconds at least: so that what was learned of
 * endpoints, and the queues of the cold start, are not what is measured.
 */
export const WARMUP_SHARE = 0.1;
export const WARMUP_SECONDS = 12;
/** Capacity that faults leave at least, as a share; and the utilisation of what is left. */
export const LEAST_CAPACITY = 0.6;
export const MOST_UTILISATION = 0.95;
/** Where load swings slowly, its peak in units of capacity: longer overload would only fill the queues. */
export const SLOW_PEAK = 1;
