// What one report, and all of them together, may make the trainer keep. A sidecar is not trusted with its memory.

export const MAX_TEXT = 512;
/** Largest magnitude of a count in one report: keeps sums over all proxies exact in a double. */
export const MAX_COUNT = 1e7;

export const MAX_REPORT_CLUSTERS = 256;
/** Endpoints of a cluster, in one report and in the fleet: what the plugin's table holds. */
export const MAX_ENDPOINTS = 256;
export const MAX_REPORT_WORKERS = 256;
export const MAX_REPORT_MODELS = 64;
export const MAX_REPORT_SAMPLES = 4096;

export const MIN_INTERVAL_MS = 1;
/** A day: a sidecar that slept reports the whole time that it counted. */
export const MAX_INTERVAL_MS = 86_400_000;

export const MAX_PROXIES = 10_000;
export const MAX_CLUSTERS = 1024;
/** Over all clusters; each costs its histogram, 1.3 kB. */
export const MAX_FLEET_ENDPOINTS = 65_536;
export const MAX_MODELS = 256;
/** Estimated size of what is kept of the last reports: 1,000 sidecars with 64 endpoints each take about 30 MB. */
export const MAX_STATE_BYTES = 256 * 1024 * 1024;

/** A proxy that is silent for this many of its intervals is gone. */
export const SILENT_INTERVALS = 5;
/** Whatever interval it reports, nobody is waited for longer than five of these. */
export const LONGEST_WAIT_INTERVAL_MS = 60_000;
/** What a server said of its cpu and memory counts for this long, as in the plugin. */
export const SIGNAL_TTL_MS = 10_000;
/**
 * Window of the latency average over all proxies, and how many answers, faded, it takes to know one: as in
 * plugin/simulator/fleet.ts. Keep both in step, or the actor learns from another view than it gets.
 */
export const FLEET_LATENCY_TAU_MS = 2000;
export const FLEET_LEAST_ANSWERS = 0.01;
/** The plugin reads no longer answer (docs/contracts.md). */
export const MAX_ANSWER_BYTES = 1024 * 1024;
