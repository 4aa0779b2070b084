// What a simulated run hands over.

/** Counts of latencies by bins whose bounds grow by a constant ratio. */
export interface LatencyHistogram {
  /** Upper bound of bin 0 in ms. */
  readonly leastMs: number;
  /** Each bin's upper bound is this many times that of the one before. */
  readonly growth: number;
  readonly counts: Uint32Array;
}

/** A part of the run, in simulated time from the first request that counts. */
export interface SimulationWindow {
  readonly fromSeconds: number;
  readonly toSeconds: number;
  /** Requests that ended in it, with those that failed. */
  readonly requests: number;
  readonly errors: number;
  /** NaN where nothing was answered. */
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface EndpointShare {
  readonly service: string;
  /** Index in the expanded list of the service. */
  readonly endpoint: number;
  readonly speed: number;
  readonly workers: number;
  /** Requests sent there, and their share of the service's. */
  readonly requests: number;
  readonly share: number;
  /** Busy share of its worker slots over the run. */
  readonly cpu: number;
}

/**
 * Figures of the requests that count: those after the warm-up, at the entry service. Latencies are of the requests that
 * were answered without an error, and of those that timed out, which count with the time that was waited; NaN where
 * there were none.
 */
export interface SimulationResult {
  readonly requests: number;
  /** Failed requests of every kind, in all and by kind. */
  readonly errors: number;
  readonly errorKinds: {
    readonly timeout: number;
    /** The queue of the endpoint was full. */
    readonly overflow: number;
    /** No endpoint of the ranked list could be reached, or it broke off. */
    readonly unreachable: number;
    /** The endpoint or one that it called answered with an error. */
    readonly failed: number;
  };
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  /** Requests answered without an error a second of simulated time. */
  readonly throughputRps: number;
  /** Mean over time of the standard deviation of utilisation over the endpoints of a service, 0 to 1. */
  readonly cpuSpread: number;
  readonly memorySpread: number;
  /** Mean share of the traffic that changes its endpoint from one second to the next, 0 to 1. */
  readonly moves: number;
  /** Messages beside the requests: Prequal's probes. */
  readonly probes: number;
  /** Simulated seconds from the first request that counts to the end of the last one. */
  readonly seconds: number;
  readonly histogram: LatencyHistogram;
  readonly windows: readonly SimulationWindow[];
  readonly endpoints: readonly EndpointShare[];
}
