// What a family of scenarios is made of: for each part the range or the kinds that it is drawn from.
import type { Fault, LoadPattern, ServiceTime } from '../schema.js';
import type { GraphShape } from './graph.js';
import { RANGES, type Range } from './ranges.js';
import type { Tail } from './service-times.js';

export interface Blueprint {
  readonly endpoints: Range;
  readonly fleet: 'even' | 'uneven' | 'any';
  readonly speed: Range;
  readonly workers: Range;
  readonly proxies: Range;
  readonly workersPerProxy: Range;
  readonly networkMs: Range;
  readonly serviceTimes: readonly ServiceTime['kind'][];
  readonly tail: Tail;
  readonly meanMs: Range;
  /** `by-seed`: scenarios of even seeds have request classes, so that half of any sequence has. */
  readonly classes: 'by-seed' | 'always';
  readonly spread: Range;
  readonly graphs: readonly GraphShape[];
  readonly utilisation: Range;
  readonly patterns: readonly LoadPattern['kind'][];
  /** Peak of bursts at least, in units of capacity. */
  readonly burstPeak: number;
  /** Kinds, none = no faults, and how many of them. */
  readonly faults: readonly Fault['kind'][];
  readonly faultCount: Range;
  readonly signals: 'on' | 'off' | 'late' | 'any';
  /** Simulated seconds that the run should last. */
  readonly seconds: number;
  /** Requests a second at least. */
  readonly rate: number;
  /** The run is nothing but the start: few requests a pair of proxy worker and endpoint, no warm-up. */
  readonly isCold: boolean;
}

export const SERVICE_TIMES: readonly ServiceTime['kind'][] = [
  'exponential',
  'lognormal',
  'pareto',
  'deterministic',
  'empirical',
];
export const PATTERNS: readonly LoadPattern['kind'][] = ['steady', 'burst', 'diurnal', 'ramp', 'trace'];
export const FAULTS: readonly Fault['kind'][] = ['slow', 'down', 'errors', 'add', 'remove', 'random-slow'];

/** Long enough for a dozen bursts, or for an endpoint to fall ill and recover. */
export const LONG_SECONDS = 40;

/** A fleet of common size under steady load, with every signal: a family says what is other than that. */
export const COMMON: Blueprint = {
  endpoints: [3, 24],
  fleet: 'any',
  speed: RANGES.speed,
  workers: RANGES.workers,
  proxies: [2, 16],
  workersPerProxy: RANGES.workersPerProxy,
  networkMs: RANGES.networkMs,
  serviceTimes: SERVICE_TIMES,
  tail: 'ordinary',
  meanMs: RANGES.meanMs,
  classes: 'by-seed',
  spread: RANGES.spread,
  graphs: ['single'],
  utilisation: [0.5, 0.9],
  patterns: ['steady'],
  burstPeak: RANGES.burstPeak[0],
  faults: [],
  faultCount: RANGES.faults,
  signals: 'on',
  seconds: 12,
  rate: 60,
  isCold: false,
};
