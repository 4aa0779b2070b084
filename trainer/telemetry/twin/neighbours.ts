// Scenarios near a twin, at random by seed: what it may be tomorrow, for training and for the gate.
import { expandEndpoints, meanServiceMs, type Endpoint } from '../../environment/capacity.js';
import { createRandom, type Random } from '../../environment/random.js';
import { validateScenario } from '../../environment/scenario.js';
import type { Fault, LoadPattern, Scenario, Service } from '../../environment/schema.js';
import { digits } from './series.js';

type Range = readonly [low: number, high: number];

/** What may differ, and how far: factors are drawn evenly on the scale of the logarithm. */
export interface NeighbourRanges {
  /** Of the speed, each endpoint its own. */
  readonly speed: Range;
  /** Of the slots, all endpoints the same; at least one is left. */
  readonly slots: Range;
  /** Of the utilisation, and its bounds, whatever the factor. */
  readonly load: Range;
  readonly utilisation: Range;
  /** Of proxies and of the network time. */
  readonly proxies: Range;
  readonly network: Range;
  /** Probability of bursts other than the twin's, and what they are like. */
  readonly bursts: number;
  readonly burstFactor: Range;
  readonly burstShare: Range;
  readonly burstSeconds: Range;
  /** Probability that an endpoint is slow for a while, or that one is lost; of three endpoints or more. */
  readonly slowed: number;
  readonly slowFactor: Range;
  readonly lost: number;
}

export const NEIGHBOUR_RANGES: NeighbourRanges = {
  speed: [0.8, 1.25],
  slots: [0.75, 1.5],
  load: [0.75, 1.3],
  utilisation: [0.05, 0.95],
  proxies: [0.5, 2],
  network: [0.5, 2],
  bursts: 0.4,
  burstFactor: [1.2, 2.5],
  burstShare: [0.1, 0.4],
  burstSeconds: [0.5, 5],
  slowed: 0.3,
  slowFactor: [0.2, 0.6],
  lost: 0.15,
};

/** Endpoints below which none is slowed or lost: the rest could not bear it. */
const LEAST_ENDPOINTS = 3;
const MOST_PROXIES = 256;

/** A neighbour of a twin's scenario: the same one for the same seed on every machine. @param seed a whole number */
export function neighbour(
  scenario: Scenario,
  seed: number,
  ranges: NeighbourRanges = NEIGHBOUR_RANGES,
): Scenario {
  const random = createRandom(seed).fork('neighbour');
  const [service] = scenario.services as [Service];
  const slots = factor(random.fork('slots'), ranges.slots);
  const speeds = random.fork('speeds');
  const endpoints = expandEndpoints(service).map(({ speed, workers }) => ({
    speed: digits(speed * factor(speeds, ranges.speed), 4),
    workers: Math.max(1, Math.round(workers * slots)),
  }));
  const [low, high] = ranges.utilisation;
  const load = scenario.load.utilisation * factor(random.fork('load'), ranges.load);
  const proxies = Math.round(scenario.proxies * factor(random.fork('proxies'), ranges.proxies));
  return validateScenario(
    {
      ...scenario,
      name: `${scenario.name}~${seed}`,
      seed: 1 + random.fork('seed').int(999_999),
      proxies: Math.min(MOST_PROXIES, Math.max(1, proxies)),
      networkMs: digits(scenario.networkMs * factor(random.fork('network'), ranges.network), 3),
      services: [{ ...service, endpoints }],
      load: {
        ...scenario.load,
        utilisation: digits(Math.min(high, Math.max(low, load)), 4),
        pattern: pattern(scenario.load.pattern, random.fork('pattern'), ranges),
      },
      faults: [
        ...scenario.faults,
        ...faults(service.name, endpoints, scenario, random.fork('faults'), ranges),
      ],
    },
    scenario.name,
  );
}

/** `count` of them, from `seed` on. */
export const neighbours = (
  scenario: Scenario,
  seed: number,
  count: number,
  ranges?: NeighbourRanges,
): Scenario[] => Array.from({ length: count }, (_, i) => neighbour(scenario, seed + i, ranges));

function factor(random: Random, [low, high]: Range): number {
  return low * (high / low) ** random.next();
}

function pattern(own: LoadPattern, random: Random, ranges: NeighbourRanges): LoadPattern {
  if (random.next() >= ranges.bursts) return own;
  const share = digits(factor(random, ranges.burstShare), 3);
  return {
    kind: 'burst',
    share,
    factor: digits(Math.min(1 / share, factor(random, ranges.burstFactor)), 3),
    meanSeconds: digits(factor(random, ranges.burstSeconds), 3),
  };
}

/** In the part of the run that counts. An endpoint that is ill already is left alone. */
function faults(
  service: string,
  endpoints: readonly Endpoint[],
  scenario: Scenario,
  random: Random,
  ranges: NeighbourRanges,
): Fault[] {
  const [slow, lose, at] = [random.next(), random.next(), random.next()];
  const ill = new Set(scenario.faults.flatMap((fault) => ('endpoint' in fault ? [fault.endpoint] : [])));
  const well = endpoints.map((_, i) => i).filter((i) => !ill.has(i));
  if (endpoints.length < LEAST_ENDPOINTS || well.length === 0) return [];
  const endpoint = well[random.int(well.length)]!;
  const seconds = secondsOf(scenario, endpoints);
  const fromSeconds = digits(seconds * (0.1 + 0.4 * at), 3);
  if (slow < ranges.slowed) {
    const toSeconds = digits(fromSeconds + seconds * (0.1 + 0.3 * random.next()), 3);
    return [
      {
        kind: 'slow',
        service,
        endpoint,
        fromSeconds,
        toSeconds,
        factor: digits(factor(random, ranges.slowFactor), 3),
      },
    ];
  }
  return lose < ranges.lost ? [{ kind: 'remove', service, endpoint, atSeconds: fromSeconds }] : [];
}

/** About how long a run lasts. */
function secondsOf({ requests, warmup, load, services }: Scenario, endpoints: readonly Endpoint[]): number {
  const [{ serviceTime }] = services as [Service];
  const meanMs = meanServiceMs(serviceTime);
  const slots = endpoints.reduce((total, { speed, workers }) => total + speed * workers, 0);
  return ((requests + warmup) * meanMs) / (slots * load.utilisation * 1000);
}

/** Scenarios, each followed by `count` neighbours of it. */
export const withNeighbours = (scenarios: readonly Scenario[], seed: number, count: number): Scenario[] =>
  scenarios.flatMap((scenario) => [scenario, ...neighbours(scenario, seed, count)]);
