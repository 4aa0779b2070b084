// What a service can do and how much arrives there.
import { callGraph, levelsLeavesFirst } from './call-graph.js';
import type { Fault, Scenario, Service, ServiceTime } from './schema.js';

export interface Endpoint {
  /** Share of the nominal speed: a job takes its service time / speed. */
  readonly speed: number;
  /** Jobs served at the same time. */
  readonly workers: number;
}

/** The endpoints one by one, groups with a `count` repeated; faults name them by their index here. */
export function expandEndpoints(service: Pick<Service, 'endpoints'>): Endpoint[] {
  return service.endpoints.flatMap(({ speed, workers, count }) =>
    Array.from({ length: count }, () => ({ speed, workers })),
  );
}

export function meanServiceMs(time: ServiceTime): number {
  if (time.kind !== 'empirical') return time.meanMs;
  return time.samplesMs.reduce((sum, ms) => sum + ms, 0) / time.samplesMs.length;
}

/** Requests per second that keep every slot of the service busy. */
export function capacityPerSecond(service: Service): number {
  const slots = expandEndpoints(service).reduce((sum, { speed, workers }) => sum + speed * workers, 0);
  return (slots / meanServiceMs(service.serviceTime)) * 1000;
}

export function findService(scenario: Scenario, name: string): Service {
  const service = scenario.services.find((s) => s.name === name);
  if (!service) throw new Error(`scenario ${scenario.name} has no service ${name}`);
  return service;
}

/** Long-run mean of the requests per second at the entry service. */
export function arrivalRate(scenario: Scenario): number {
  return capacityPerSecond(findService(scenario, scenario.load.service)) * scenario.load.utilisation;
}

/** What says who calls whom, and how often. */
type Caller = Pick<Service, 'name'> & {
  readonly calls: readonly { readonly service: string; readonly probability: number }[];
};

/** Requests that reach each service for one at the entry. The graph has no cycle. */
export function visitsPerRequest(services: readonly Caller[], entry: string): Map<string, number> {
  const visits = new Map(services.map(({ name }) => [name, name === entry ? 1 : 0]));
  const callersFirst = levelsLeavesFirst(callGraph(services)).flat().reverse();
  for (const name of callersFirst) {
    const { calls } = services.find((service) => service.name === name)!;
    for (const { service, probability } of calls)
      visits.set(service, visits.get(service)! + visits.get(name)! * probability);
  }
  return visits;
}

/** Share of its capacity that each service needs, long-run mean, as long as all is well. */
export function utilisations(scenario: Scenario): Map<string, number> {
  const visits = visitsPerRequest(scenario.services, scenario.load.service);
  const rate = arrivalRate(scenario);
  return new Map(scenario.services.map((s) => [s.name, (rate * visits.get(s.name)!) / capacityPerSecond(s)]));
}

/**
 * The capacity of a service at the worst moment of its faults, as a share of the whole: what a policy has left that
 * avoids errors. Slowdowns at random are taken to hit the largest endpoints, and count with their share of time.
 */
export function lowestCapacityShare(endpoints: readonly Endpoint[], faults: readonly Fault[]): number {
  const sizes = endpoints.map(({ speed, workers }) => speed * workers);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const isHit = (i: number, share: number) =>
    sizes.filter((size, j) => size > sizes[i]! || (size === sizes[i] && j < i)).length <
    Math.max(1, Math.round(share * sizes.length));
  const left = (fault: Fault, i: number, seconds: number): number => {
    if (fault.kind === 'random-slow') return isHit(i, fault.share) ? slowShare(fault) : 1;
    return fault.endpoint === i ? capacityLeft(fault, seconds) : 1;
  };
  const shareAt = (seconds: number) =>
    sizes.reduce(
      (sum, size, i) => faults.reduce((rest, fault) => rest * left(fault, i, seconds), size) + sum,
      0,
    );
  // Capacity falls at the start of the run, and where something begins.
  const begins = faults.map((fault) => {
    if (fault.kind === 'random-slow') return 0;
    return 'atSeconds' in fault ? fault.atSeconds : fault.fromSeconds;
  });
  return Math.min(...[0, ...begins].map(shareAt)) / total;
}

type RandomSlow = Extract<Fault, { kind: 'random-slow' }>;

const slowShare = ({ factor, meanOnSeconds, meanOffSeconds }: RandomSlow): number =>
  1 - ((1 - factor) * meanOnSeconds) / (meanOnSeconds + meanOffSeconds);

/** What a fault leaves of its endpoint at a time. */
function capacityLeft(fault: Exclude<Fault, RandomSlow>, seconds: number): number {
  if (fault.kind === 'add') return seconds < fault.atSeconds ? 0 : 1;
  if (fault.kind === 'remove') return seconds < fault.atSeconds ? 1 : 0;
  if (seconds < fault.fromSeconds || seconds >= (fault.toSeconds ?? Infinity)) return 1;
  if (fault.kind === 'errors') return 1 - fault.rate;
  return fault.kind === 'slow' ? fault.factor : 0;
}
