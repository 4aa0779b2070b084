// The two scenarios of the paper that started Weir, normal and stress, over several load patterns, on the call graph of
// Istio's bookinfo sample (https://istio.io/latest/docs/examples/bookinfo/).
import type { Random } from '../random.js';
import type { LoadPattern } from '../schema.js';
import { digits } from './draw.js';
import { slotsOf } from './fleet.js';
import type { EndpointGroup, ScenarioFile, ServiceFile } from './scenario-file.js';

const FLEET: readonly EndpointGroup[] = [
  { speed: 1, workers: 4, count: 3 },
  { speed: 0.6, workers: 4, count: 2 },
  { speed: 0.4, workers: 4 },
];
const PAGE_MS = 20;

/** At a utilisation of 0.6 of the page, the others' are 0.51, 0.55 and 0.53; at 0.95 they are 0.81, 0.87 and 0.84. */
const SERVICES: readonly ServiceFile[] = [
  {
    name: 'productpage',
    endpoints: FLEET,
    serviceTime: { kind: 'lognormal', meanMs: PAGE_MS, sigma: 0.8 },
    calls: [
      { service: 'details', mode: 'parallel' },
      { service: 'reviews', mode: 'parallel' },
    ],
  },
  {
    name: 'details',
    endpoints: [
      { speed: 1, workers: 2, count: 2 },
      { speed: 0.7, workers: 2 },
    ],
    serviceTime: { kind: 'exponential', meanMs: 5 },
  },
  {
    name: 'reviews',
    endpoints: [
      { speed: 1, workers: 4, count: 2 },
      { speed: 0.6, workers: 4 },
      { speed: 0.4, workers: 4 },
    ],
    serviceTime: { kind: 'lognormal', meanMs: 12, sigma: 0.8 },
    // Two of the sample's three versions show stars.
    calls: [{ service: 'ratings', probability: 0.67 }],
  },
  {
    name: 'ratings',
    endpoints: [
      { speed: 1, workers: 1, count: 2 },
      { speed: 0.8, workers: 1 },
    ],
    serviceTime: { kind: 'exponential', meanMs: 4 },
  },
];

const REQUESTS = 50_000;
const WARMUP = 12_000;

/** Of what `rates` shows: a morning, a lunch break, an evening with two rushes. */
const NORMAL_TRACE = [
  40, 45, 60, 80, 110, 120, 115, 90, 85, 95, 110, 130, 150, 120, 100, 140, 125, 90, 65, 50,
];
const STRESS_TRACE = [
  88, 90, 92, 96, 104, 108, 103, 98, 95, 99, 102, 106, 112, 104, 97, 110, 104, 96, 92, 90,
];

interface Load {
  readonly utilisation: number;
  readonly burstFactor: number;
  /** Of days and ramps. */
  readonly amplitude: number;
  readonly rates: readonly number[];
}

/** Normal stays below capacity, peaks included; stress passes it in every pattern but the steady one. */
const LOADS: Readonly<Record<string, Load>> = {
  normal: { utilisation: 0.6, burstFactor: 1.5, amplitude: 0.5, rates: NORMAL_TRACE },
  stress: { utilisation: 0.95, burstFactor: 1.3, amplitude: 0.15, rates: STRESS_TRACE },
};

function patternOf(kind: LoadPattern['kind'], load: Load, seconds: number): LoadPattern {
  const { amplitude } = load;
  switch (kind) {
    case 'steady':
      return { kind };
    case 'burst':
      return { kind, factor: load.burstFactor, share: 0.3, meanSeconds: 1 };
    case 'diurnal':
      return { kind, amplitude, periodSeconds: digits(seconds / 4, 2) };
    case 'ramp':
      return { kind, from: 1 - amplitude, to: 1 + amplitude, seconds: digits(seconds, 3) };
    case 'trace':
      return { kind, rates: [...load.rates], stepSeconds: digits(seconds / load.rates.length, 2) };
  }
}

const draw =
  (kind: LoadPattern['kind'], load: Load) =>
  (name: string, random: Random): ScenarioFile => {
    const rate = (slotsOf(FLEET) * load.utilisation * 1000) / PAGE_MS;
    return {
      name,
      seed: 1 + random.fork('seed').int(999_999),
      requests: REQUESTS,
      warmup: WARMUP,
      proxies: 4,
      workersPerProxy: 2,
      networkMs: 0.5,
      services: SERVICES,
      load: {
        service: 'productpage',
        utilisation: load.utilisation,
        pattern: patternOf(kind, load, (REQUESTS + WARMUP) / rate),
      },
      signals: { serverLoad: true, fleetViewMs: 250 },
    };
  };
export const PAPER = Object.entries(LOADS).flatMap(([name, load]) =>
  (['steady', 'burst', 'diurnal', 'ramp', 'trace'] as const).map((kind) => ({
    name: `${name}-${kind}`,
    summary: `bookinfo at ${load.utilisation} of capacity, load: ${kind}`,
    draw: draw(kind, load),
  })),
);
