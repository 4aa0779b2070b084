// The service graph as it is counted: calls by service, by pair of services, by endpoint, by path, and failures by where
// they begin.
import type { Call } from './calls.js';
import { Exemplars } from './exemplars.js';
import type { Exemplar } from './graph-view.js';
import type { GraphLimits } from './limits.js';
import { Series } from './series.js';
import { ServiceNames } from './service-names.js';

/** Keys are joined with what no name has in it: names are cleaned of control characters where they come in. */
const SEPARATOR = '\t';
export const keyOf = (...parts: readonly string[]): string => parts.join(SEPARATOR);
export const partsOf = (key: string): string[] => key.split(SEPARATOR);

export type ExemplarKind = 'services' | 'edges' | 'endpoints' | 'failures';

export class Graph {
  readonly names = new ServiceNames();
  readonly services: Series;
  readonly edges: Series;
  /** By service and address. */
  readonly endpoints: Series;
  /** By service, method and path. */
  readonly paths: Series;
  /** By service, address (may be empty) and code. */
  readonly failures: Series;
  private readonly exemplars: Exemplars;
  /** Of an address, the instance behind it, and the other way. */
  readonly #instanceOf = new Map<string, string>();
  readonly #addressOf = new Map<string, string>();

  constructor(private readonly limits: GraphLimits) {
    this.services = new Series({ limit: limits.services, hours: true });
    this.edges = new Series({ limit: limits.edges });
    this.endpoints = new Series({ limit: limits.endpoints });
    this.paths = new Series({ limit: limits.paths });
    this.failures = new Series({ limit: limits.failures });
    this.exemplars = new Exemplars(limits.edges + limits.endpoints + limits.services + limits.failures);
  }

  /** Calls that were not counted for want of room. */
  get refused(): number {
    const all = [this.services, this.edges, this.endpoints, this.paths, this.failures];
    return all.reduce((sum, { refused }) => sum + refused, 0);
  }

  /** @param at Unix time in ms that never goes back */
  record(call: Call, traceId: string, at: number): void {
    const { to, from, totalMs, failed } = call;
    const endpoint = this.#endpointOf(call);
    const count = (kind: ExemplarKind, key: string) => {
      this[kind].record(key, call, at);
      this.exemplars.offer(keyOf(kind, key), traceId, totalMs, failed, at);
    };
    count('services', to);
    if (from !== undefined) count('edges', keyOf(from, to));
    if (endpoint !== undefined) count('endpoints', keyOf(to, endpoint));
    if (call.path !== undefined) this.paths.record(keyOf(to, call.method ?? '', call.path), call, at);
    if (call.isOrigin) count('failures', keyOf(to, endpoint ?? '', call.code ?? 'error'));
  }

  /** Of one key, the slowest first, then a failed one. */
  exemplarsOf(kind: ExemplarKind, key: string, at: number): Exemplar[] {
    return this.exemplars.of(keyOf(kind, key), at);
  }

  instanceOf(address: string): string | undefined {
    return this.#instanceOf.get(address);
  }

  /** By its address, where any of its callers told it. */
  #endpointOf({ endpoint, instance }: Call): string | undefined {
    if (instance === undefined) return endpoint;
    if (endpoint === undefined) return this.#addressOf.get(instance) ?? instance;
    if (this.#addressOf.get(instance) !== endpoint) {
      remember(this.#addressOf, instance, endpoint, this.limits.endpoints);
      remember(this.#instanceOf, endpoint, instance, this.limits.endpoints);
    }
    return endpoint;
  }
}

function remember(map: Map<string, string>, key: string, value: string, limit: number): void {
  map.delete(key);
  if (map.size >= limit) map.delete(map.keys().next().value!);
  map.set(key, value);
}
