// Call graphs, and inner services that are sized for what reaches them.
import type { Random } from '../random.js';
import { chance, digits, measure, stepped, whole } from './draw.js';
import { group, partition, slotsOf, spreadSpeeds } from './fleet.js';
import { RANGES } from './ranges.js';
import type { Call, EndpointGroup } from './scenario-file.js';

export interface GraphNode {
  readonly name: string;
  readonly calls: readonly Call[];
}

type Graph = (random: Random) => readonly GraphNode[];

const parallel = (service: string): Call => ({ service, mode: 'parallel' });
const sometimes = (random: Random, service: string): Call => ({
  service,
  probability: stepped(random, RANGES.callProbability, 0.05),
});

/** The entry service first; every probability is a draw. */
export const GRAPHS = {
  /** One service that calls nobody. */
  single: () => [{ name: 'api', calls: [] }],
  /** One after the other, three or four deep. */
  chain: (random) => {
    const names = ['gateway', 'orders', 'payments', 'ledger'].slice(0, whole(random, [3, 4]));
    return names.map((name, i) => ({
      name,
      calls: names.slice(i + 1, i + 2).map((service) => ({ service })),
    }));
  },
  /** Two to four at once: the slowest answer counts. */
  'fan-out': (random) => {
    const leaves = ['profile', 'prices', 'stock', 'adverts'].slice(0, whole(random, [2, 4]));
    return [{ name: 'page', calls: leaves.map(parallel) }, ...leaves.map((name) => ({ name, calls: [] }))];
  },
  /** The middle one asks the store once, sometimes twice. */
  'three-tier': (random) => [
    { name: 'web', calls: [{ service: 'api' }] },
    { name: 'api', calls: [{ service: 'db' }, sometimes(random, 'db')] },
    { name: 'db', calls: [] },
  ],
  /** A cache, and the store on a miss. */
  cache: (random) => [
    { name: 'api', calls: [{ service: 'cache' }, sometimes(random, 'store')] },
    { name: 'cache', calls: [] },
    { name: 'store', calls: [] },
  ],
  /** Two at once that share a third. */
  diamond: (random) => [
    { name: 'front', calls: [parallel('search'), parallel('offers')] },
    { name: 'search', calls: [{ service: 'index' }] },
    { name: 'offers', calls: [sometimes(random, 'index')] },
    { name: 'index', calls: [] },
  ],
} satisfies Record<string, Graph>;

export type GraphShape = keyof typeof GRAPHS;

export interface Sized {
  readonly endpoints: readonly EndpointGroup[];
  readonly meanMs: number;
}

/** Slots an endpoint of an inner service, about: the number of endpoints follows. */
const SLOTS = [0.75, 6] as const;

/** Endpoints and a mean service time with which `rate` requests a second are the given utilisation. */
export function sizeInner(random: Random, rate: number, utilisation: number): Sized {
  const [fewest, most] = RANGES.innerEndpoints;
  const slotsFor = (meanMs: number) => (rate * meanMs) / 1000 / utilisation;
  const longest = Math.min(RANGES.innerMeanMs[1], (most * SLOTS[1]) / slotsFor(1));
  const needed = slotsFor(measure(random, [RANGES.innerMeanMs[0], longest]));
  const least = Math.min(most, Math.max(fewest, Math.ceil(needed / SLOTS[1])));
  const size = whole(random, [least, Math.max(least, Math.min(most, Math.floor(needed / SLOTS[0])))]);
  const speeds = chance(random, 0.3) ? [1] : spreadSpeeds(random, Math.min(size, 3), RANGES.innerSpeed);
  const workers = Math.min(RANGES.workers[1], Math.max(1, Math.round(needed / size)));
  const sizes = partition(random, size, speeds.length);
  const endpoints = speeds.map((speed, i) => group(speed, workers, sizes[i]!));
  // What rounding moved, the mean service time takes back.
  return { endpoints, meanMs: digits(slotsOf(endpoints) / slotsFor(1), 3) };
}
