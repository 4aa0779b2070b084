// Where endpoint tables come from, beside what reports have seen.
//
// Of each cluster the first source that names it counts, and all that this one says: a file, then Kubernetes, then, for
// clusters that no source names, the endpoints that the sidecars report. Sources are not mixed within a cluster, since
// an endpoint that one of them took out must not come back through another.
import type { ConfiguredEndpoint } from './cluster-view.js';
import type { EndpointsByCluster } from './fleet.js';

export interface SourcedEndpoint extends ConfiguredEndpoint {
  /** Where it runs. */
  readonly zone?: string;
  /** Zones whose clients should use it. */
  readonly forZones?: readonly string[];
}

export interface EndpointSource {
  /** The latest table; a source that cannot be reached keeps the one that it had. */
  readonly endpoints: Readonly<Record<string, readonly SourcedEndpoint[]>>;
  /** Calls after every change of the table. Returns what ends the calls. */
  onChange(listener: () => void): () => void;
  close(): Promise<void>;
}

/** @param sources the one that counts first */
export function mergeSources(sources: readonly EndpointSource[]): EndpointSource {
  return {
    get endpoints() {
      return mergeTables(sources.map(({ endpoints }) => endpoints));
    },
    onChange(listener) {
      const ends = sources.map((source) => source.onChange(listener));
      return () => {
        for (const end of ends) end();
      };
    },
    async close() {
      await Promise.all(sources.map((source) => source.close()));
    },
  };
}

export function mergeTables<T extends EndpointsByCluster>(tables: readonly T[]): T {
  return Object.fromEntries(tables.toReversed().flatMap((table) => Object.entries(table))) as T;
}

/** What sources have in common: the table, and who wants to hear of it. */
export class EndpointTable {
  #endpoints: EndpointSource['endpoints'] = {};
  readonly #listeners = new Set<() => void>();

  get endpoints(): EndpointSource['endpoints'] {
    return this.#endpoints;
  }

  /** Tells nobody of a table that is what it was. */
  replace(endpoints: EndpointSource['endpoints']): void {
    if (JSON.stringify(endpoints) === JSON.stringify(this.#endpoints)) return;
    this.#endpoints = endpoints;
    for (const listener of this.#listeners) listener();
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }
}
