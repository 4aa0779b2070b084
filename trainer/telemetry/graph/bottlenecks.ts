// Where time goes, the worst first: endpoints that are slower than their siblings, then services by their share of the
// critical paths' time.
import { byService, type EndpointTally, type Link } from './figures.js';
import type { Bottleneck } from './graph-view.js';
import { keyOf, type Graph } from './graph.js';
import { suspectsOf, type Suspect } from './suspects.js';
import type { Tally } from './tally.js';
import { count, ms, percent, place, times } from './words.js';

/** A service below this is not in anybody's way. */
const LEAST_SHARE = 0.05;
const MOST = 20;

type EndpointsOf = ReadonlyMap<string, readonly EndpointTally[]>;

export interface BottleneckInput {
  readonly graph: Graph;
  readonly at: number;
  readonly services: ReadonlyMap<string, Tally>;
  /** By service. */
  readonly endpoints: EndpointsOf;
  /** The same of the last seconds, in stretches: what has just begun is found before it fills the window. */
  readonly recent: readonly EndpointsOf[];
  readonly link: Link;
}

export function bottlenecksOf(input: BottleneckInput): Bottleneck[] {
  const { services } = input;
  const criticalMs = [...services.values()].reduce((sum, { sums }) => sum + sums.criticalMs, 0);
  if (criticalMs === 0) return [];
  const slow = slowEndpoints([input.endpoints, ...input.recent])
    .map((suspect) => ofEndpoint(input, suspect, criticalMs))
    .sort((a, b) => b.share - a.share);
  const shares = [...services]
    .map(([service, tally]) => ({ service, tally, share: tally.sums.criticalMs / criticalMs }))
    .filter(({ share }) => share >= LEAST_SHARE)
    .sort((a, b) => b.share - a.share)
    .map((entry) => ofService(input, entry));
  return [...slow, ...shares].slice(0, MOST);
}

/** Of the last stretch that names one, the figures count. */
export function slowEndpoints(stretches: readonly EndpointsOf[]): Suspect[] {
  const found = new Map<string, Suspect>();
  for (const stretch of stretches)
    for (const [service, tallies] of stretch)
      for (const suspect of suspectsOf(service, tallies)) found.set(keyOf(service, suspect.address), suspect);
  return [...found.values()];
}

/** The last 10 s and the last 5: calls of before would hide for a while what has just begun. */
export const recentEndpoints = ({ endpoints }: Graph, at: number): EndpointsOf[] =>
  [2, 1].map((buckets) => byService(endpoints.recent(at, buckets)));

function ofEndpoint(
  { graph, endpoints, at, link }: BottleneckInput,
  suspect: Suspect,
  criticalMs: number,
): Bottleneck {
  const { service, address, selfMs, othersMs, calls, others } = suspect;
  const tally = endpoints.get(service)?.find((endpoint) => endpoint.address === address)?.tally;
  const [exemplar] = graph.exemplarsOf('endpoints', keyOf(service, address), at);
  const where = place(address, graph.instanceOf(address));
  return {
    ...{ service, endpoint: address, share: (tally?.sums.criticalMs ?? 0) / criticalMs },
    reason:
      `${where} of ${service} takes ${ms(selfMs)} a call where its ${count(others, 'sibling')} ` +
      `${others === 1 ? 'takes' : 'take'} ${ms(othersMs)}: ${times(selfMs / othersMs)}, over ${count(calls, 'call')}.`,
    ...(exemplar === undefined ? {} : { exemplar: link(exemplar) }),
  };
}

function ofService(
  { graph, at, link }: BottleneckInput,
  { service, tally, share }: { service: string; tally: Tally; share: number },
): Bottleneck {
  const { selfMs, waitingMs, requests } = tally.sums;
  const [exemplar] = graph.exemplarsOf('services', service, at);
  const waits = waitingMs > 0 ? `, and waits ${ms(waitingMs / requests)} for others` : '';
  return {
    ...{ service, share },
    reason: `${service} itself is ${percent(share)} of what requests wait for: it takes ${ms(selfMs / requests)} a call${waits}.`,
    ...(exemplar === undefined ? {} : { exemplar: link(exemplar) }),
  };
}
