// From an estimate, numbers of slots and a distribution of service times to a scenario.
import type { Scenario } from '../../environment/schema.js';
import { validateScenario } from '../../environment/scenario.js';
import type { ClassMix } from './estimate-classes.js';
import type { SeenFault } from './estimate-faults.js';
import type { EndpointEstimate, Estimate } from './estimate.js';
import { WINDOW_MS } from './limits.js';
import { digits, median } from './series.js';
import { serviceTime, type Shape } from './shape.js';

/** Service times of mean 1, and what the endpoints make of it. */
export interface Draft {
  readonly shape: Shape;
  /** By endpoint. */
  readonly slots: readonly number[];
  /** Of a mean request there. */
  readonly serviceMs: readonly number[];
  readonly networkMs: number;
  readonly mix: ClassMix;
}

export interface DraftOptions {
  readonly requests: number;
  readonly warmup: number;
  /** As the windows were, fault for fault, rather than as it is now. */
  readonly asItWas: boolean;
}

/** The time that speed 1 takes: that of the endpoint in the middle. */
export const referenceMs = ({ serviceMs }: Draft): number => digits(median(serviceMs), 4);

export function draftScenario(estimate: Estimate, draft: Draft, options: DraftOptions): Scenario {
  const { seen, endpoints, classes } = estimate;
  const name = serviceName(seen.name);
  const meanMs = referenceMs(draft);
  const sized = endpoints.map((_, i) => ({
    speed: digits(meanMs / draft.serviceMs[i]!, 4),
    workers: draft.slots[i]!,
  }));
  const capacity = sized.reduce((sum, { speed, workers }) => sum + speed * workers, 0) / meanMs;
  const { requests, warmup, asItWas } = options;
  return validateScenario(
    {
      name: seen.name,
      ...{ requests, warmup },
      proxies: Math.max(1, seen.proxies),
      workersPerProxy: seen.workersPerProxy,
      networkMs: digits(draft.networkMs, 3),
      services: [
        {
          name,
          endpoints: sized,
          serviceTime: serviceTime(draft.shape, meanMs),
          errorRate: digits(estimate.errorRate, 3),
          classes: classes.map(({ share }, i) => ({
            path: `/class-${letter(i)}`,
            share,
            factor: digits(draft.mix.factors[i]!, 4),
          })),
        },
      ],
      load: {
        service: name,
        utilisation: digits(estimate.rate / capacity / 1000, 4),
        pattern: asItWas ? estimate.replay : estimate.pattern,
      },
      faults: estimate.faults.flatMap((fault) => faultOf(fault, name, endpoints, asItWas)),
      signals: { serverLoad: seen.hasServerLoad, fleetViewMs: seen.intervalMs },
    },
    seen.name,
  );
}

/** Without digits, which templates of paths take for numbers (plugin/core/classes.ts). */
const letter = (i: number): string => String.fromCharCode(97 + (i % 26)).repeat(1 + Math.floor(i / 26));

export const serviceName = (cluster: string): string =>
  `c-${cluster.replace(/[^A-Za-z0-9._-]+/g, '-')}`.slice(0, 63);

function faultOf(
  { kind, address, from, to, goesOn, value }: SeenFault,
  service: string,
  endpoints: readonly EndpointEstimate[],
  asItWas: boolean,
) {
  const endpoint = endpoints.findIndex((one) => one.address === address);
  if (endpoint < 0 || kind === 'added' || kind === 'removed' || !(asItWas || goesOn)) return [];
  const seconds = WINDOW_MS / 1000;
  const period = asItWas
    ? { fromSeconds: from * seconds, ...(goesOn ? {} : { toSeconds: to * seconds }) }
    : { fromSeconds: 0 };
  const common = { kind, service, endpoint, ...period };
  if (kind === 'slow') return [{ ...common, factor: digits(value!, 3) }];
  return kind === 'errors' ? [{ ...common, rate: digits(value!, 3) }] : [common];
}
