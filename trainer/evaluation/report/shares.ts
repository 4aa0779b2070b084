// Who got the requests: a row an endpoint, or where those are many, a row for all that are alike.
import type { EndpointShare } from '../../environment/simulation-result.js';
import { mean } from '../interval.js';
import type { Run } from '../results.js';

/** As many rows as a plot bears. */
export const MOST_ROWS = 48;

export interface ShareRow {
  readonly endpoint: string;
  /** Of the service's speed x workers. */
  readonly capacity: number;
  /** Of the service's requests. */
  readonly shares: readonly { readonly policy: string; readonly share: number }[];
}

export interface ShareRows {
  readonly rows: readonly ShareRow[];
  /** The endpoints' names from top to bottom. */
  readonly order: string[];
}

export function shareRows(
  all: readonly { readonly policy: string; readonly runs: readonly Run[] }[],
): ShareRows {
  const endpoints = all[0]!.runs[0]!.endpoints;
  const groups = groupsOf(endpoints);
  const services = new Set(endpoints.map(({ service }) => service)).size;
  const rows = groups.map((places): ShareRow => {
    const { service } = endpoints[places[0]!]!;
    const total = sum(endpoints.filter((e) => e.service === service).map(capacity));
    const shareOf = (run: Run) => sum(places.map((place) => run.endpoints[place]!.share));
    return {
      endpoint: nameOf(
        places.map((place) => endpoints[place]!),
        services > 1,
      ),
      capacity: sum(places.map((place) => capacity(endpoints[place]!))) / total,
      shares: all.map(({ policy, runs }) => ({ policy, share: mean(runs.map(shareOf)) })),
    };
  });
  return { rows, order: rows.map(({ endpoint }) => endpoint) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const capacity = ({ speed, workers }: EndpointShare): number => speed * workers;

/** Places in the list of endpoints that share a row. */
function groupsOf(endpoints: readonly EndpointShare[]): number[][] {
  const each = endpoints.map((_, place) => [place]).slice(0, MOST_ROWS);
  if (endpoints.length <= MOST_ROWS) return each;
  const groups = new Map<string, number[]>();
  for (const [place, { service, speed, workers }] of endpoints.entries()) {
    const key = JSON.stringify([service, speed, workers]);
    groups.set(key, [...(groups.get(key) ?? []), place]);
  }
  // Where all of a service are alike, their sum says nothing.
  const services = new Set(endpoints.map(({ service }) => service)).size;
  return groups.size > services ? [...groups.values()].slice(0, MOST_ROWS) : each;
}

/** `api 3: 0.5 x 4`, and of several alike `api 12 of 0.5 x 4`. */
function nameOf(group: readonly EndpointShare[], hasServices: boolean): string {
  const { service, endpoint, speed, workers } = group[0]!;
  const kind = `${speed} x ${workers}`;
  const prefix = hasServices ? `${service} ` : '';
  return group.length === 1 ? `${prefix}${endpoint}: ${kind}` : `${prefix}${group.length} of ${kind}`;
}
