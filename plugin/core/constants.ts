// Time constants and limits of the estimators.

/**
 * Window of the latency average and its deviation, and the share of the past that they keep at least, however long ago the
 * last sample was: a worker that sees an endpoint seldom must not believe a single request. Searched (`npm run tune`).
 */
export const LATENCY_TAU_MS: f32 = 4000;
export const LATENCY_KEEP: f32 = 0.975;
/** Linkerd's and Finagle's decay of the peak average (`tower::load::PeakEwma`, 10 s). */
export const PEAK_TAU_MS: f32 = 10000;
export const ERROR_TAU_MS: f32 = 10000;
/** Two windows of the request rate; their ratio is the trend. */
export const RATE_FAST_MS: f32 = 1000;
export const RATE_SLOW_MS: f32 = 10000;
/** Latency taken for a cluster that has not answered once, ms (Linkerd's default RTT). */
export const DEFAULT_LATENCY_MS: f32 = 30;
/** What a sibling or a server said counts for this long. */
export const SIGNAL_TTL_MS: f32 = 10000;
