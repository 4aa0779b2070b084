// What is known of an endpoint: one float a lane, lanes side by side (structure of arrays), so that features and
// scores are computed for four endpoints at a time.
//
//   lane k of endpoint i:  base + (k * capacity + i) * 4        capacity: a multiple of 4, at most 256
//
// Times are milliseconds since the cluster's origin (endpoint-table.ts keeps them small enough for a float).

export const MAX_ENDPOINTS: i32 = 256;

/** Time of what never happened. */
export const NEVER: f32 = -1e9;

export const enum Lane {
  /** 1 where the slot holds an endpoint, else 0. */
  Present,
  /** 1 where the next decision may choose it. */
  Eligible,
  /** This worker's requests in flight, and their expected work (1 = one mean request). */
  Requests,
  Work,
  /** The same of the Envoy's other workers, from shared data. */
  SiblingRequests,
  SiblingWork,
  /** Requests that this worker has sent since the server's last word. */
  SentSince,
  /** From the trainer's answer: requests in flight from other proxies, latency average of all (ms, 0 = not said). */
  FleetRequests,
  FleetLatency,
  /** Latency averages in ms; `Latency` is 0 until the first sample. */
  Latency,
  Deviation,
  Peak,
  /** Latency samples seen: the first ones weigh the same. */
  Samples,
  /**
   * What the server's sidecar said: in flight, expected work, processing time (ms), that of requests that met as many as
   * are in flight now (ms), requests/s, utilisations.
   */
  ServerRequests,
  ServerWork,
  ServerTime,
  ServerLatency,
  ServerRate,
  Cpu,
  Memory,
  /** Averages kept by C3 (its paper, section 3.1): response time, server time and queue, all with alpha 0.9. */
  C3Response,
  C3Service,
  C3Queue,
  /** Share of failed requests, 0 to 1. */
  ErrorRate,
  /** Requests a second over a short and a long window. */
  RateFast,
  RateSlow,
  /** Liking of this worker for the endpoint, -1 to 1: a hash, so that workers who know the same do not all go to the same. */
  Affinity,
  /** Hint of capacity from configuration or trainer, 1 = as the others. */
  Capacity,
  /** Errors in a row, ejections in a row. */
  ErrorRun,
  Ejections,
  /** Times, side by side: the last latency, word of the server, outcome and start. */
  LatencyAt,
  ServerAt,
  OutcomeAt,
  StartedAt,
  /** End of the present ejection, moment of the last return. */
  EjectedUntil,
  ReturnedAt,
  /** Scores and bounded weights of the last decision. */
  Base,
  Score,
  Weight,
  COUNT,
}
