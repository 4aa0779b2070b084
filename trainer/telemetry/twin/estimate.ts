// What the windows of a cluster tell without simulating anything: rates, times, loads, faults.
import type { LoadPattern } from '../../environment/schema.js';
import { estimateArrivals } from './estimate-arrivals.js';
import { estimateClasses, type ClassEstimate } from './estimate-classes.js';
import { errorRate, estimateFaults, type SeenFault } from './estimate-faults.js';
import { estimateNetwork } from './estimate-network.js';
import { loadOf, mostSlots, serviceMs, slotsByCpu, type EndpointLoad } from './estimate-slots.js';
import type { ClusterSeen, EndpointSeen } from './observations.js';
import { median } from './series.js';

export interface EndpointEstimate {
  readonly address: string;
  readonly load: EndpointLoad;
  /** From utilisation; undefined where it is not said. */
  readonly slots: number | undefined;
  /** All numbers of slots that utilisation allows; empty where it is not said. */
  readonly possibleSlots: readonly number[];
  /** No more than these, as the cpu of its pod says; of use where utilisation is not said. */
  readonly mostSlots: number;
  readonly latency: Float64Array;
  /** Requests, failed ones included, a second over all windows. */
  readonly throughput: number;
}

export interface Estimate {
  readonly seen: ClusterSeen;
  /** Those that are there now and answered. */
  readonly endpoints: readonly EndpointEstimate[];
  readonly networkMs: number;
  readonly mostNetworkMs: number;
  readonly rate: number;
  readonly pattern: LoadPattern;
  readonly replay: LoadPattern;
  readonly classes: readonly ClassEstimate[];
  readonly faults: readonly SeenFault[];
  /** Share of requests that fail at the endpoint in the middle. */
  readonly errorRate: number;
}

/** What a slowdown leaves behind: queues, and averages that fade. */
const AFTER = 3;

export function estimate(seen: ClusterSeen): Estimate {
  const faults = estimateFaults(seen);
  const { networkMs, mostMs } = estimateNetwork(seen);
  const gone = new Set(faults.filter(({ kind }) => kind === 'removed').map(({ address }) => address));
  const measured = seen.endpoints
    .filter(({ address }) => !gone.has(address))
    .flatMap((endpoint) => {
      const load = loadOf(wellWindows(endpoint, faults), seen.windowMs, networkMs, seen.proxies === 1);
      return load === undefined ? [] : [{ endpoint, load }];
    });
  const possible = measured.map(({ load }) => slotsByCpu(load));
  const slots = agree(possible);
  const rates = measured.map(({ endpoint }) => errorRate(endpoint));
  const wells = new Map(measured.map(({ endpoint, load }, i) => [endpoint, { load, slots: slots[i] }]));
  return {
    seen,
    endpoints: measured.map(({ endpoint, load }, i) => ({
      address: endpoint.address,
      load,
      slots: slots[i],
      possibleSlots: possible[i]!,
      mostSlots: mostSlots(load),
      latency: endpoint.latency,
      throughput: throughputOf(endpoint, seen.windowMs),
    })),
    networkMs,
    mostNetworkMs: mostMs,
    ...estimateArrivals(seen.arrivals, seen.windowMs),
    classes: estimateClasses(measured.map(({ endpoint }) => endpoint.work)),
    faults: faults.map((fault) => withFactor(fault, seen, networkMs, wells)),
    errorRate: rates.length > 0 ? median(rates) : 0,
  };
}

/** Windows in which nothing was wrong with it. */
function wellWindows({ address, windows }: EndpointSeen, faults: readonly SeenFault[]) {
  const own = faults.filter(
    (fault) => fault.address === address && fault.kind !== 'errors' && fault.kind !== 'added',
  );
  return windows.flatMap((window, w) => {
    const isIll = own.some(({ from, to }) => w >= from - 1 && w < to + AFTER);
    return window === undefined || isIll ? [] : [window];
  });
}

/** Endpoints of a cluster are mostly alike: among the numbers of slots that utilisation allows, the one that most have. */
function agree(possible: readonly (readonly number[])[]): (number | undefined)[] {
  const votes = new Map<number, number>();
  for (const slots of possible.flat()) votes.set(slots, (votes.get(slots) ?? 0) + 1);
  return possible.map((slots) => {
    const most = Math.max(...slots.map((one) => votes.get(one)!));
    return slots.find((one) => votes.get(one) === most);
  });
}

/** Where utilisation is said, a slowdown is what it did to the service time; latency alone has the queues in it too. */
function withFactor(
  fault: SeenFault,
  seen: ClusterSeen,
  networkMs: number,
  wells: ReadonlyMap<EndpointSeen, { readonly load: EndpointLoad; readonly slots: number | undefined }>,
): SeenFault {
  const endpoint = seen.endpoints.find(({ address }) => address === fault.address);
  const well = endpoint && wells.get(endpoint);
  if (fault.kind !== 'slow' || well?.slots === undefined) return fault;
  const windows = endpoint!.windows
    .slice(fault.from + AFTER, fault.to)
    .filter((window) => window !== undefined);
  const load = loadOf(windows, seen.windowMs, networkMs, seen.proxies === 1);
  if (load === undefined || slotsByCpu(load).length === 0) return fault;
  return { ...fault, value: Math.min(1, serviceMs(well.load, well.slots) / serviceMs(load, well.slots)) };
}

function throughputOf({ windows }: EndpointSeen, windowMs: number): number {
  const ended = windows.reduce(
    (total, window) => total + (window ? window.answers + window.http5xx + window.timeout : 0),
    0,
  );
  return (ended * 1000) / (windows.length * windowMs);
}
