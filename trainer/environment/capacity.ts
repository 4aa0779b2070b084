// What a service can do and how much arrives there.
import type { Scenario, Service, ServiceTime } from './schema.js';

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
