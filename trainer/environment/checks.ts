// What a schema cannot say: names that must exist, indices in range, sums, cycles. These checks read the unvalidated
// file and skip what is not of the right type, so that they report together with the problems of the shape.
import { findCycle } from './call-graph.js';
import { isRecord, records, type Json } from './names.js';
import type { Problem } from './problems.js';
import { MAX_ENDPOINTS, MAX_SERVICES } from './schema.js';

/** Shares are written with two or three digits; this much is rounding. */
const SHARE_TOLERANCE = 0.01;

const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
const number = (value: unknown, fallback: number) =>
  typeof value === 'number' ? value : value === undefined ? fallback : NaN;

function endpointCount(service: Json): number {
  if (service.endpoints === undefined) return 1;
  return records(service.endpoints).reduce((sum, [, group]) => sum + number(group.count, 1), 0);
}

function* serviceProblems(
  services: readonly [number, Json][],
  known: ReadonlySet<string>,
): Iterable<Problem> {
  const seen = new Set<string>();
  for (const [i, service] of services) {
    const path = ['services', i];
    const name = text(service.name);
    if (name !== undefined && seen.has(name))
      yield {
        path: [...path, 'name'],
        text: `expected a name of its own, got ${JSON.stringify(name)} again`,
      };
    if (name !== undefined) seen.add(name);
    const count = endpointCount(service);
    if (count > MAX_ENDPOINTS)
      yield {
        path: [...path, 'endpoints'],
        text: `expected at most ${MAX_ENDPOINTS} endpoints, got ${count}`,
      };
    for (const [j, call] of records(service.calls)) {
      if (text(call.service) !== undefined && !known.has(call.service as string))
        yield unknownService([...path, 'calls', j, 'service'], call.service);
    }
    yield* classProblems(path, records(service.classes));
  }
}

function* classProblems(path: PropertyKey[], classes: readonly [number, Json][]): Iterable<Problem> {
  if (classes.length === 0) return;
  const sum = classes.reduce((total, [, c]) => total + number(c.share, 1), 0);
  if (Math.abs(sum - 1) > SHARE_TOLERANCE)
    yield {
      path: [...path, 'classes'],
      text: `expected shares with a sum of 1, got ${Number(sum.toFixed(4))}`,
    };
  const paths = new Set<unknown>();
  for (const [i, { path: own }] of classes) {
    if (text(own) !== undefined && paths.has(own))
      yield {
        path: [...path, 'classes', i, 'path'],
        text: `expected a path of its own, got ${JSON.stringify(own)} again`,
      };
    paths.add(own);
  }
}

function* cycleProblems(services: readonly [number, Json][]): Iterable<Problem> {
  const graph = new Map(
    services.map(([, s]) => [text(s.name) ?? '', records(s.calls).map(([, c]) => text(c.service) ?? '?')]),
  );
  const cycle = findCycle(graph);
  if (!cycle) return;
  const index = services.find(([, s]) => s.name === cycle[0])?.[0] ?? 0;
  yield {
    path: ['services', index, 'calls'],
    text: `expected calls without a cycle, got ${cycle.join(' -> ')}`,
  };
}

function* patternProblems(pattern: unknown): Iterable<Problem> {
  if (!isRecord(pattern)) return;
  const path = ['load', 'pattern'];
  const product = number(pattern.factor, 1.5) * number(pattern.share, 0.3);
  // Otherwise the quiet state would need a negative rate to keep the mean.
  if (pattern.kind === 'burst' && product > 1)
    yield {
      path: [...path, 'factor'],
      text: `expected factor x share <= 1, got ${Number(product.toFixed(4))}`,
    };
  const rates = pattern.kind === 'trace' && Array.isArray(pattern.rates) ? pattern.rates : [1];
  if (rates.length > 0 && rates.every((r) => r === 0))
    yield { path: [...path, 'rates'], text: 'expected at least one rate > 0, got only 0' };
}

function* faultProblems(
  faults: readonly [number, Json][],
  counts: ReadonlyMap<string, number>,
): Iterable<Problem> {
  for (const [i, fault] of faults) {
    const path = ['faults', i];
    const count = counts.get(text(fault.service) ?? '');
    if (text(fault.service) !== undefined && count === undefined)
      yield unknownService([...path, 'service'], fault.service);
    const endpoint = number(fault.endpoint, 0);
    if (count !== undefined && endpoint >= count)
      yield {
        path: [...path, 'endpoint'],
        text: `expected an index below ${count}, the endpoints of ${JSON.stringify(fault.service)}, got ${endpoint}`,
      };
    const from = number(fault.fromSeconds, 0);
    if (typeof fault.toSeconds === 'number' && fault.toSeconds <= from)
      yield {
        path: [...path, 'toSeconds'],
        text: `expected a number > fromSeconds (${from}), got ${fault.toSeconds}`,
      };
  }
}

const unknownService = (path: PropertyKey[], name: unknown): Problem => ({
  path,
  text: `expected the name of a service, got ${JSON.stringify(name)}`,
});

/** Every problem of meaning in a scenario whose names are filled in. */
export function checkMeaning(raw: unknown): Problem[] {
  if (!isRecord(raw)) return [];
  const services = records(raw.services).slice(0, MAX_SERVICES);
  const names = services.map(([, s]) => text(s.name));
  // Where a name itself is wrong, that is the problem to report, not every reference to it.
  if (names.length === 0 || names.includes(undefined)) return [];
  const counts = new Map(services.map(([, s], i) => [names[i]!, endpointCount(s)]));
  const known = new Set(counts.keys());
  const problems = [...serviceProblems(services, known), ...cycleProblems(services)];
  if (isRecord(raw.load)) {
    if (text(raw.load.service) !== undefined && !known.has(raw.load.service as string))
      problems.push(unknownService(['load', 'service'], raw.load.service));
    problems.push(...patternProblems(raw.load.pattern));
  }
  return [...problems, ...faultProblems(records(raw.faults), counts)];
}
