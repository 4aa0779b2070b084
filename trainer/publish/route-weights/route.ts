// The weights of a route in a resource: where they lie, and how they are written so that all else in it stays as it is.
//
// How the API server merges these lists: `http` and `http[].route` of a VirtualService have no list type, which means
// atomic, and `rules` and `backendRefs` of an HTTPRoute say so. Applying one weight would mean applying, and owning, the
// whole list with every match, timeout and filter of the operator in it. So the weights go in as a JSON patch (RFC 6902):
// it writes the resourceVersion that was read, which makes a change in between a conflict (409), tests that each weight
// still belongs to its destination, and touches nothing else. RBAC: get and patch on the named resource.
import { ApiException } from '@kubernetes/client-node';
import { asPublishError } from '../kubernetes/api-error.js';
import type {
  PatchOperation,
  Resource,
  ResourceClient,
  ResourceName,
  ResourceType,
} from '../kubernetes/resource-client.js';
import { PassingError, RefusedError } from '../publisher.js';

/** How one kind of resource writes down weighted destinations. */
export interface RouteFormat {
  readonly type: ResourceType;
  /** Key in `spec` of the list of rules, and in a rule of the list of destinations. */
  readonly rules: string;
  readonly destinations: string;
  /** What a list entry without a weight has, alone and among others. */
  readonly defaultWeight: (entries: number) => number;
  /** Key in a list entry of what identifies it, and that as text. */
  readonly identity: string;
  readonly nameOf: (entry: Readonly<Record<string, unknown>>) => string;
}

export interface RouteName extends ResourceName {
  /** Name of the rule; without it there must be one alone with these destinations. */
  readonly rule?: string;
}

export interface Route {
  readonly resourceVersion: string;
  /** In the order of the resource. */
  readonly entries: readonly RouteEntry[];
}

export interface RouteEntry {
  readonly name: string;
  /** As it stands in the resource, of any sum. */
  readonly weight: number;
  readonly pointer: string;
  readonly identity: unknown;
}

export interface RouteResource {
  /** @throws {RefusedError} when it has no such rule; any other error may pass */
  read(signal?: AbortSignal): Promise<Route>;
  /** @throws {PassingError} also when the resource changed since `route` was read */
  write(route: Route, weights: readonly number[], signal?: AbortSignal): Promise<void>;
}

/** @param wanted names of the destinations that the rule must have, and no others */
export function routeResource(
  client: ResourceClient,
  format: RouteFormat,
  name: RouteName,
  wanted: readonly string[],
): RouteResource {
  const { type } = format;
  const what = `${type.kind} ${name.namespace}/${name.name}`;
  const guarded = async <T>(call: Promise<T>): Promise<T> => {
    try {
      return await call;
    } catch (error) {
      throw asPublishError(error, what);
    }
  };
  return {
    async read(signal) {
      const resource = await guarded(client.read(type, name, signal));
      return { resourceVersion: resource.metadata.resourceVersion, entries: find(resource) };
    },
    async write({ resourceVersion, entries }, weights, signal) {
      const operations = entries.flatMap(({ pointer, identity, weight }, i): PatchOperation[] => [
        { op: 'test', path: `${pointer}/${format.identity}`, value: identity },
        // `add` also replaces what is there (RFC 6902, 4.1).
        ...(weight === weights[i]
          ? []
          : [{ op: 'add' as const, path: `${pointer}/weight`, value: weights[i] }]),
      ]);
      const version = { op: 'replace' as const, path: '/metadata/resourceVersion', value: resourceVersion };
      try {
        await client.patch(type, name, [version, ...operations], signal);
      } catch (error) {
        // A test that failed. The next look says whether the rule is still there.
        if (error instanceof ApiException && error.code === 422)
          throw new PassingError(`${what}: changed meanwhile`);
        throw asPublishError(error, what);
      }
    },
  };

  function find(resource: Resource): RouteEntry[] {
    const rules = listOf(objectOf(resource.spec)[format.rules]);
    const found = rules
      .map((rule, i) => ({ rule: objectOf(rule), entries: entriesOf(objectOf(rule), i) }))
      .filter(({ rule, entries }) =>
        name.rule === undefined ? hasAll(entries) : rule['name'] === name.rule,
      );
    const named = name.rule === undefined ? `with exactly ${wanted.join(', ')}` : `named ${name.rule}`;
    if (found.length !== 1)
      throw new RefusedError(`${what}: ${found.length} rules ${named}, must be one; \`rule\` says which`);
    const [{ entries }] = found as [(typeof found)[number]];
    if (!hasAll(entries)) {
      const there = entries.map((entry) => entry.name).join(', ') || 'none';
      throw new RefusedError(
        `${what}: rule ${name.rule} has the destinations ${there}, not ${wanted.join(', ')}`,
      );
    }
    return entries;
  }

  function hasAll(entries: readonly RouteEntry[]): boolean {
    return (
      entries.length === wanted.length && wanted.every((one) => entries.some((entry) => entry.name === one))
    );
  }

  function entriesOf(rule: Readonly<Record<string, unknown>>, index: number): RouteEntry[] {
    const entries = listOf(rule[format.destinations]);
    return entries.map((value, i) => {
      const entry = objectOf(value);
      const weight = entry['weight'];
      return {
        name: format.nameOf(entry),
        weight: typeof weight === 'number' ? weight : format.defaultWeight(entries.length),
        pointer: `/spec/${format.rules}/${index}/${format.destinations}/${i}`,
        identity: entry[format.identity],
      };
    });
  }
}

export function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
