// Families to train on and to tune the classic policies on: broad, each draw mixes conditions.
import { COMMON, FAULTS, LONG_SECONDS, PATTERNS, type Blueprint } from './blueprint.js';
import type { GraphShape } from './graph.js';
import { RANGES } from './ranges.js';

export const CALLING: readonly GraphShape[] = ['chain', 'fan-out', 'three-tier', 'cache', 'diamond'];

/** Every pattern but the steady one. */
const CHANGING = PATTERNS.filter((kind) => kind !== 'steady');

/** A service that others are called by has neither so many endpoints nor so little traffic. */
export const GRAPH_COMMON = { endpoints: [4, 16], meanMs: [4, 30], rate: 200 } as const;

const WIDE: Blueprint = {
  ...COMMON,
  endpoints: RANGES.endpoints,
  proxies: RANGES.proxies,
  utilisation: RANGES.utilisation,
  signals: 'any',
};

export const TRAINING: Readonly<Record<string, readonly [summary: string, blueprint: Blueprint]>> = {
  fleets: ['any fleet, any number of proxies, any service time; steady load', WIDE],
  patterns: [
    'the same under load that changes',
    { ...WIDE, utilisation: [0.4, 0.75], patterns: CHANGING, seconds: LONG_SECONDS },
  ],
  faults: [
    'the same with faults of any kind',
    { ...WIDE, endpoints: [4, 48], faults: FAULTS, seconds: LONG_SECONDS },
  ],
  crowds: ['16 to 64 proxies, so that each sees little', { ...WIDE, proxies: [16, 64], endpoints: [3, 32] }],
  requests: [
    'request classes that differ much; bursts',
    { ...WIDE, classes: 'always', patterns: ['steady', 'burst'] },
  ],
  graphs: [
    'any call graph, with faults at some service',
    { ...WIDE, ...GRAPH_COMMON, graphs: CALLING, proxies: [1, 16], faults: FAULTS, seconds: LONG_SECONDS },
  ],
  tails: [
    'service times with a heavy tail',
    {
      ...WIDE,
      serviceTimes: ['pareto', 'lognormal', 'empirical'],
      tail: 'heavy',
      speed: [0.4, 2],
      meanMs: [2, 20],
      utilisation: [0.4, 0.85],
    },
  ],
  starts: ['nothing but the start', { ...WIDE, proxies: [2, 64], seconds: 100, isCold: true }],
  overloads: [
    'about as much as the fleet can do, and more',
    {
      ...WIDE,
      endpoints: [2, 24],
      patterns: ['steady', 'burst'],
      utilisation: [0.9, 1.05],
      speed: [0.5, 2],
      meanMs: [2, 15],
      burstPeak: 1.2,
      seconds: 20,
    },
  ],
  anything: [
    'classes, a load pattern and faults at once',
    {
      ...WIDE,
      endpoints: [4, 48],
      classes: 'always',
      patterns: PATTERNS,
      faults: FAULTS,
      seconds: LONG_SECONDS,
    },
  ],
};
