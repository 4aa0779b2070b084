// What the twin may remember, and how much it must have seen.

/** Windows in which reports are counted, and how many are kept: two minutes. */
export const WINDOW_MS = 1000;
export const WINDOWS = 120;
/** Windows whose latencies share a sketch. */
export const SEGMENT = 10;
/** Clusters beyond these, and endpoints of all of them together, have no twin: 14 kB each. */
export const MAX_CLUSTERS = 64;
export const MAX_ENDPOINTS = 4096;
export const MAX_PROXIES = 10_000;
/** A proxy that has not reported a cluster for this long does not share it. */
export const PROXY_GONE_MS = 10_000;

/** Complete windows and answers that a calibration takes at least. */
export const LEAST_WINDOWS = 20;
export const LEAST_ANSWERS = 1000;
/** A twin that fits worse is none: root mean square of the log ratios of its latency quantiles to the measured ones. */
export const MOST_MISFIT = 0.2;
/** Arrivals that a calibration looks back over at most, as long as that leaves so many windows: what it simulates again. */
export const MOST_ARRIVALS = 60_000;
export const LEAST_BUSY_WINDOWS = 30;
