// Endpoints that are slower than those beside them, by their own time: what they wait for is not their doing.
import { merged, type EndpointTally } from './figures.js';
import { rankZ } from './rank-test.js';
import type { Tally } from './tally.js';

export interface Suspect {
  readonly service: string;
  readonly address: string;
  /** Median of its own time in ms, and of the others'. */
  readonly selfMs: number;
  readonly othersMs: number;
  readonly calls: number;
  /** How many it is compared with. */
  readonly others: number;
}

const MIN_CALLS = 5;
/**
 * Deviations of the rank test, and how often as slow. 3.7 is one false alarm in 10,000 comparisons: a mesh of a hundred
 * endpoints is compared every few seconds. What is significant but small is no bottleneck.
 */
const THRESHOLDS = [
  { z: 3.7, ratio: 2 },
  { z: 5, ratio: 1.4 },
] as const;

/** @param endpoints of one service, in one stretch of time */
export function suspectsOf(service: string, endpoints: readonly EndpointTally[]): Suspect[] {
  return endpoints.flatMap(({ address, tally }) => {
    const others = endpoints.filter((other) => other.address !== address);
    const rest = merged(others.map((other) => other.tally));
    const [mine, theirs] = [median(tally), median(rest)];
    if (tally.sums.requests < MIN_CALLS || mine === undefined || theirs === undefined) return [];
    const z = rankZ(tally.self.pack(), rest.self.pack());
    if (!THRESHOLDS.some((least) => z >= least.z && mine >= least.ratio * theirs)) return [];
    const calls = tally.sums.requests;
    return [{ service, address, selfMs: mine, othersMs: theirs, calls, others: others.length }];
  });
}

const median = ({ self }: Tally): number | undefined => self.quantile(0.5);
