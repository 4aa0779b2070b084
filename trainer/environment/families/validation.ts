// Families to compare policies on, never trained or tuned on: narrow, one condition each, so that a table by family tells
// where a policy is good and where it is not.
import { COMMON, LONG_SECONDS, type Blueprint } from './blueprint.js';
import { RANGES } from './ranges.js';
import { CALLING, GRAPH_COMMON } from './training.js';

const LONG = { ...COMMON, seconds: LONG_SECONDS };
/** Enough endpoints that the others can carry what one cannot. */
const TROUBLED: Blueprint = { ...LONG, endpoints: [4, 24] };

export const VALIDATION: Readonly<Record<string, readonly [summary: string, blueprint: Blueprint]>> = {
  even: ['endpoints that are all alike', { ...COMMON, fleet: 'even' }],
  uneven: ['speeds from 0.2 to 2, 1 to 8 workers', { ...COMMON, fleet: 'uneven', endpoints: [4, 24] }],
  'small-fleet': ['two or three endpoints, few proxies', { ...COMMON, endpoints: [2, 3], proxies: [1, 4] }],
  'large-fleet': ['32 to 64 endpoints', { ...COMMON, endpoints: [32, 64], proxies: [1, 8] }],
  'many-proxies': ['32 to 64 proxies', { ...COMMON, proxies: [32, 64] }],
  'heavy-tail': [
    'service times with a heavy tail: Pareto, lognormal, misses of a cache',
    {
      ...COMMON,
      serviceTimes: ['pareto', 'lognormal', 'empirical'],
      tail: 'heavy',
      speed: [0.5, 2],
      meanMs: [2, 12],
      utilisation: [0.4, 0.8],
    },
  ],
  classes: [
    'request classes that differ by a factor of 10 to 30',
    { ...COMMON, classes: 'always', spread: [10, 30], utilisation: [0.6, 0.9] },
  ],
  bursts: ['bursts past capacity', { ...LONG, patterns: ['burst'], utilisation: [0.5, 0.8], burstPeak: 1.1 }],
  swings: [
    'load that swings slowly: days, ramps, recordings',
    { ...LONG, patterns: ['diurnal', 'ramp', 'trace'], utilisation: [0.5, 0.75] },
  ],
  slowdowns: ['endpoints slow down and recover', { ...TROUBLED, faults: ['slow', 'random-slow'] }],
  outages: ['endpoints fall out and come back', { ...TROUBLED, faults: ['down'] }],
  churn: ['endpoints come and go', { ...TROUBLED, faults: ['add', 'remove'], faultCount: [2, 4] }],
  errors: ['endpoints answer with errors', { ...TROUBLED, faults: ['errors'], faultCount: [1, 2] }],
  overload: [
    'more than the fleet can do; short queues',
    {
      ...COMMON,
      utilisation: RANGES.overload,
      patterns: ['steady', 'burst'],
      speed: [0.5, 2],
      workers: [2, 8],
      meanMs: [2, 15],
      burstPeak: 1.3,
      seconds: 20,
    },
  ],
  'call-graph': ['services that call services', { ...COMMON, ...GRAPH_COMMON, graphs: CALLING }],
  'cold-start': [
    'nothing but the start: 2 to 6 requests a pair of proxy worker and endpoint',
    {
      ...COMMON,
      endpoints: [12, 32],
      proxies: [16, 64],
      workersPerProxy: [2, 4],
      // Slow enough that the start lasts for seconds, and the views of the fleet come in between.
      seconds: 100,
      isCold: true,
    },
  ],
  'no-signals': ['no word from servers, no view of the fleet', { ...COMMON, signals: 'off' }],
  'late-view': [
    'a distant network, the view of the fleet every second',
    { ...COMMON, networkMs: [1, 2], signals: 'late' },
  ],
};
