// How much the graph keeps at most, whatever comes in.

export interface GraphLimits {
  readonly services: number;
  readonly edges: number;
  readonly endpoints: number;
  readonly paths: number;
  /** Pairs of endpoint and code. */
  readonly failures: number;
  /** Traces whose spans still come in, and their spans; a trace has at most `spansPerTrace` of them. */
  readonly openTraces: number;
  readonly openSpans: number;
  readonly spansPerTrace: number;
}

/** About 100 MB where a day is full to these bounds; a mesh of 50 services needs 10. */
export const GRAPH_LIMITS: GraphLimits = {
  services: 200,
  edges: 500,
  endpoints: 1000,
  paths: 500,
  failures: 300,
  openTraces: 50_000,
  openSpans: 300_000,
  spansPerTrace: 2000,
};
