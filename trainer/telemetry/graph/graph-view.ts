// What the graph says over HTTP: `GET /v1/graph`, `GET /v1/graph/services/:name`, `GET /v1/traces`. The page reads these types.
import type { Span } from '../traces/span.js';

export const WINDOWS = ['1m', '15m', '24h'] as const;
export type GraphWindow = (typeof WINDOWS)[number];

/** Of all calls of the window, sampled ones extrapolated. */
export interface Figures {
  readonly requests: number;
  readonly rps: number;
  readonly errors: number;
  /** 0..1 */
  readonly errorShare: number;
  /** Absent without a call. */
  readonly p50Ms?: number;
  readonly p90Ms?: number;
  readonly p99Ms?: number;
}

/** A trace that shows what a figure means. */
export interface Exemplar {
  readonly traceId: string;
  readonly ms: number;
  readonly failed: boolean;
  /** Unix time in ms. */
  readonly at: number;
  /** Page of the trace in Jaeger; absent without one. */
  readonly url?: string;
}

export interface ServiceNode extends Figures {
  readonly name: string;
  /** Mean ms of a call that the service itself works or queues, and that it waits for those it calls. */
  readonly selfMs: number;
  readonly waitingMs: number;
  /** Share of the critical paths' time that is this service's own, 0..1. */
  readonly criticalShare: number;
  /** Requests come in here from outside. */
  readonly isEntry: boolean;
}

export interface CallEdge extends Figures {
  readonly from: string;
  readonly to: string;
  /** Share of the time the caller sees that is not the callee's: network, proxies, queues between, 0..1. */
  readonly betweenShare: number;
  /** The slowest and a failed one of late. */
  readonly exemplars: readonly Exemplar[];
}

/** Where time goes, the worst first. */
export interface Bottleneck {
  readonly service: string;
  /** Absent where all endpoints of the service are alike. */
  readonly endpoint?: string;
  /** Share of the critical paths' time, 0..1. */
  readonly share: number;
  /** One sentence with its numbers. */
  readonly reason: string;
  readonly exemplar?: Exemplar;
}

/** Where failures begin, not where they pass through. */
export interface ErrorLocation {
  readonly service: string;
  readonly endpoint?: string;
  /** HTTP status, or `no answer`. */
  readonly code: string;
  readonly errors: number;
  /** Of the calls there, 0..1. */
  readonly errorShare: number;
  readonly reason: string;
  readonly exemplar?: Exemplar;
}

export interface GraphView {
  readonly window: GraphWindow;
  /** Unix time in ms. */
  readonly at: number;
  /** Share of the requests that are traced. */
  readonly sampledShare: number;
  readonly services: readonly ServiceNode[];
  readonly edges: readonly CallEdge[];
  readonly bottlenecks: readonly Bottleneck[];
  readonly errors: readonly ErrorLocation[];
}

export interface EndpointFigures extends Figures {
  /** `ip:port`. */
  readonly address: string;
  /** Instance behind it, where a span of its own told: `db-2`. */
  readonly name?: string;
  readonly selfMs: number;
  /** Share of its service's calls. */
  readonly share: number;
}

export interface PathFigures extends Figures {
  readonly method: string;
  readonly path: string;
}

/** Traffic of one hour of the day, over the days that are kept. */
export interface HourFigures {
  /** 0..23, UTC. */
  readonly hour: number;
  readonly requests: number;
  readonly errors: number;
  readonly p99Ms?: number;
}

export interface ServiceView extends ServiceNode {
  readonly window: GraphWindow;
  readonly endpoints: readonly EndpointFigures[];
  readonly paths: readonly PathFigures[];
  readonly callers: readonly CallEdge[];
  readonly callees: readonly CallEdge[];
  readonly hours: readonly HourFigures[];
  readonly exemplars: readonly Exemplar[];
}

export interface TraceQuery {
  readonly service?: string;
  readonly endpoint?: string;
  /** Only those with a failure. */
  readonly failed?: boolean;
  readonly minMs?: number;
  readonly order: 'newest' | 'slowest';
  readonly limit: number;
}

export interface TraceSummary {
  readonly traceId: string;
  readonly startMs: number;
  readonly durationMs: number;
  readonly failed: boolean;
  readonly spans: number;
  /** Services that took part, the entry first. */
  readonly services: readonly string[];
  readonly method?: string | undefined;
  readonly path?: string | undefined;
  readonly status?: number | undefined;
  readonly user?: string | undefined;
  readonly url?: string | undefined;
}

export interface TraceView extends TraceSummary {
  /** In the order of a waterfall: parents before their children, then by time. */
  readonly waterfall: readonly WaterfallSpan[];
}

export interface WaterfallSpan extends Span {
  readonly depth: number;
  /** From the begin of the trace, ms. */
  readonly offsetMs: number;
  readonly isCritical: boolean;
}
