// What happened over the last minutes, second by second: `GET /v1/history`, and each second's sample on `GET /v1/live`.
// Columns, as a chart takes them: the nth of each belongs to the nth of `at`; null = nothing was known.

type Column = readonly (number | null)[];

export interface ClusterHistory {
  readonly name: string;
  readonly rps: Column;
  /** 0..1 */
  readonly errorShare: Column;
  readonly p50Ms: Column;
  readonly p99Ms: Column;
  readonly inFlight: Column;
  /** Share of the requests that weir steered, and that stayed with Envoy's own balancing, 0..1. */
  readonly steeredShare: Column;
  readonly fallbackShare: Column;
  readonly endpoints: readonly EndpointHistory[];
}

export interface EndpointHistory {
  readonly address: string;
  /** Of the weights of its cluster, 0..1. */
  readonly weight: Column;
  readonly rps: Column;
  readonly errorShare: Column;
  readonly p99Ms: Column;
  readonly inFlight: Column;
  /** Utilisation, 0..1; null where the application does not say. */
  readonly cpu: Column;
  readonly memory: Column;
}

export interface HistoryView {
  /** Unix time in ms of each sample. */
  readonly at: readonly number[];
  readonly everyMs: number;
  readonly clusters: readonly ClusterHistory[];
}

/** One sample of each column: the message `sample` of `GET /v1/live`. */
export interface LiveSample {
  readonly at: number;
  readonly clusters: readonly ClusterSample[];
}

type Latest<T> = { readonly [K in keyof T]: T[K] extends Column ? number | null : T[K] };
export type EndpointSample = Latest<EndpointHistory>;
export type ClusterSample = Latest<Omit<ClusterHistory, 'endpoints'>> & {
  readonly endpoints: readonly EndpointSample[];
};
