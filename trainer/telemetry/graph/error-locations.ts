// Where failures begin: by service and code, and by endpoint where they are not spread evenly.
import type { EndpointTally, Link, Scale } from './figures.js';
import type { ErrorLocation } from './graph-view.js';
import { keyOf, partsOf, type Graph } from './graph.js';
import type { Tally } from './tally.js';
import { count, percent, place } from './words.js';

/** Deviations by which an endpoint's share of failures must lie above that of the others to be named. */
const DEVIATIONS = 3;
const MOST = 50;

export interface ErrorInput {
  readonly graph: Graph;
  readonly at: number;
  readonly scale: Scale;
  readonly services: ReadonlyMap<string, Tally>;
  readonly endpoints: ReadonlyMap<string, readonly EndpointTally[]>;
  /** By service, address and code. */
  readonly failures: ReadonlyMap<string, Tally>;
  readonly link: Link;
}

interface Failing {
  readonly service: string;
  readonly code: string;
  readonly byAddress: Map<string, number>;
}

export function errorLocationsOf(input: ErrorInput): ErrorLocation[] {
  const groups = new Map<string, Failing>();
  for (const [key, { sums }] of input.failures) {
    const [service = '', address = '', code = ''] = partsOf(key);
    const group = groups.get(keyOf(service, code)) ?? { service, code, byAddress: new Map<string, number>() };
    groups.set(keyOf(service, code), group);
    group.byAddress.set(address, sums.requests);
  }
  return [...groups.values()]
    .flatMap((group) => locate(input, group))
    .sort((a, b) => b.errors - a.errors)
    .slice(0, MOST);
}

function locate(input: ErrorInput, { service, code, byAddress }: Failing): ErrorLocation[] {
  const callsOf = new Map(
    input.endpoints.get(service)?.map(({ address, tally }) => [address, tally.sums.requests]),
  );
  const calls = input.services.get(service)?.sums.requests ?? 0;
  const errors = sum(byAddress.values());
  const named = [...byAddress].filter(([address, failed]) => {
    if (address === '') return false;
    const mine = callsOf.get(address) ?? failed;
    return callsOf.size <= 1 || standsOut(failed, mine, errors - failed, calls - mine);
  });
  const places = named.map(([address, failed]) =>
    location(input, { service, code, errors: failed, calls: callsOf.get(address) ?? failed, address }),
  );
  const rest = errors - sum(named.map(([, failed]) => failed));
  if (rest === 0) return places;
  const others = calls - sum(named.map(([address]) => callsOf.get(address) ?? 0));
  return [...places, location(input, { service, code, errors: rest, calls: Math.max(rest, others) })];
}

/** Two shares compared by their pooled deviation. */
function standsOut(failed: number, calls: number, othersFailed: number, others: number): boolean {
  if (others <= 0) return true;
  const pooled = (failed + othersFailed) / (calls + others);
  const deviation = Math.sqrt(pooled * (1 - pooled) * (1 / calls + 1 / others));
  return failed / calls - othersFailed / others >= DEVIATIONS * deviation && deviation > 0;
}

interface Found {
  readonly service: string;
  readonly code: string;
  readonly errors: number;
  readonly calls: number;
  readonly address?: string;
}

function location({ graph, at, scale, failures, link }: ErrorInput, found: Found): ErrorLocation {
  const { service, code, errors, calls, address } = found;
  const errorShare = errors / Math.max(1, calls);
  const keys = address === undefined ? keysOf(failures, service, code) : [keyOf(service, address, code)];
  const exemplar = keys.flatMap((key) => graph.exemplarsOf('failures', key, at)).at(-1);
  const where =
    address === undefined ? service : `${place(address, graph.instanceOf(address))} of ${service}`;
  const what = code === 'no answer' ? 'gives no answer' : code === 'error' ? 'fails' : `answers ${code}`;
  return {
    ...{ service, code, errors: Math.round(errors / scale.sampledShare), errorShare },
    ...(address === undefined ? {} : { endpoint: address }),
    reason: `${where} ${what} to ${percent(errorShare)} of ${count(calls, 'call')}.`,
    ...(exemplar === undefined ? {} : { exemplar: link(exemplar) }),
  };
}

function keysOf(failures: ReadonlyMap<string, Tally>, service: string, code: string): string[] {
  return [...failures.keys()].filter((key) => {
    const [itsService, , itsCode] = partsOf(key);
    return itsService === service && itsCode === code;
  });
}

const sum = (values: Iterable<number>): number => [...values].reduce((total, value) => total + value, 0);
