// A handful of small meshes that between them use everything a scenario can say.
import type { Scenario } from '../../../trainer/environment/scenario.js';
import { ENDLESS, validate } from './support.js';

const api = {
  name: 'api',
  endpoints: [
    { speed: 1, workers: 2, count: 3 },
    { speed: 0.4, workers: 1 },
  ],
};
const classes = [
  { path: '/cheap', share: 0.8, factor: 0.5 },
  { path: '/dear', share: 0.2, factor: 3 },
];
const size = { requests: 2_500, warmup: 300 };

const RAW = {
  plain: { ...size, services: [api], load: { utilisation: 0.8 } },
  bursts: {
    ...size,
    seed: 2,
    proxies: 6,
    workersPerProxy: 3,
    timeoutMs: ENDLESS,
    services: [{ ...api, classes, serviceTime: { kind: 'pareto', meanMs: 8, alpha: 1.8 } }],
    load: { utilisation: 0.85, pattern: { kind: 'burst', factor: 2, share: 0.3, meanSeconds: 0.5 } },
  },
  blind: {
    ...size,
    seed: 3,
    workersPerProxy: 1,
    networkMs: 0,
    timeoutMs: ENDLESS,
    services: [{ ...api, serviceTime: { kind: 'empirical', samplesMs: [1, 2, 30] } }],
    load: { utilisation: 0.6, pattern: { kind: 'diurnal', amplitude: 0.9, periodSeconds: 4 } },
    signals: { serverLoad: false, fleetViewMs: 0 },
  },
  overload: {
    ...size,
    seed: 4,
    timeoutMs: 150,
    services: [{ ...api, queueLimit: 30, errorRate: 0.02, serviceTime: { kind: 'exponential', meanMs: 20 } }],
    load: { utilisation: 1.4, pattern: { kind: 'ramp', from: 0.5, to: 1.5, seconds: 5 } },
  },
  graph: {
    ...size,
    seed: 5,
    proxies: 2,
    services: [
      {
        ...api,
        classes,
        calls: [
          { service: 'auth', probability: 0.5 },
          { service: 'db', mode: 'parallel' },
          { service: 'cache', probability: 0.7, mode: 'parallel' },
        ],
      },
      {
        name: 'auth',
        endpoints: [{ count: 2 }],
        errorRate: 0.05,
        calls: [{ service: 'db', probability: 0.3 }],
      },
      { name: 'db', endpoints: [{ count: 3 }], serviceTime: { kind: 'deterministic', meanMs: 7 } },
      { name: 'cache', endpoints: [{ workers: 1, count: 2 }], serviceTime: { meanMs: 1 } },
    ],
    load: { utilisation: 0.4, pattern: { kind: 'trace', rates: [3, 1, 5], stepSeconds: 0.5 } },
  },
  faults: {
    ...size,
    seed: 6,
    networkMs: 1,
    timeoutMs: 400,
    services: [
      { ...api, calls: [{ service: 'db' }] },
      { name: 'db', endpoints: [{ count: 3 }], serviceTime: { kind: 'lognormal', meanMs: 5, sigma: 0.5 } },
    ],
    load: { utilisation: 0.5 },
    faults: [
      { kind: 'slow', service: 'api', endpoint: 3, fromSeconds: 1, toSeconds: 4, factor: 0.1 },
      { kind: 'down', service: 'api', endpoint: 0, fromSeconds: 2, toSeconds: 3.5 },
      { kind: 'errors', service: 'api', endpoint: 1, fromSeconds: 3, rate: 0.4 },
      { kind: 'add', service: 'api', endpoint: 2, atSeconds: 1.5 },
      { kind: 'down', service: 'db', endpoint: 0, fromSeconds: 2.5, toSeconds: 2.8 },
      { kind: 'remove', service: 'db', endpoint: 1, atSeconds: 4 },
      { kind: 'random-slow', service: 'db', share: 0.6, factor: 0.2, meanOnSeconds: 0.5, meanOffSeconds: 1 },
    ],
  },
};
export type MeshName = keyof typeof RAW;
export const MESHES = Object.fromEntries(
  Object.entries(RAW).map(([name, raw]) => [name, validate({ name, ...raw })]),
) as Record<MeshName, Scenario>;
export const MESH_NAMES = Object.keys(RAW) as MeshName[];
