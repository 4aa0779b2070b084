// One call as one party to it saw it: what OTLP brings, read and cleaned of what is private. The graph, the store of
// traces and the page know nothing else of OTLP. Fields may be undefined rather than absent: spans come by the ten thousand
// a second, and objects of one shape cost a third.

export type SpanKind = 'server' | 'client' | 'producer' | 'consumer' | 'internal';

export type AttributeValue = string | number | boolean;

export interface Span {
  /** 32 hexadecimal digits, lower case (W3C Trace Context). */
  readonly traceId: string;
  /** 16 hexadecimal digits, lower case. */
  readonly spanId: string;
  /** Absent for the first span of a trace. */
  readonly parentId?: string | undefined;
  /** `service.name` of the resource. */
  readonly service: string;
  /** `service.instance.id`: in a mesh the node id of the sidecar. */
  readonly instance?: string | undefined;
  readonly kind: SpanKind;
  readonly name: string;
  /** Unix time in ms, with a fraction. */
  readonly startMs: number;
  readonly durationMs: number;
  /** By the span's own status, or an HTTP status from 500 on. */
  readonly failed: boolean;
  /** HTTP status; 0 where none came back. */
  readonly status?: number | undefined;
  readonly method?: string | undefined;
  /** Path of the URL; its query only where that is allowed. */
  readonly path?: string | undefined;
  /** Of a client span: the service that it calls, by the name of Envoy's cluster or `peer.service`. */
  readonly peer?: string | undefined;
  /** Of a client span: `ip:port` that served it. */
  readonly endpoint?: string | undefined;
  /** Of a client span: `ip:port` that the balancer chose; absent where Envoy's own balancing decided. */
  readonly chosen?: string | undefined;
  /** Id of the model that chose. */
  readonly model?: string | undefined;
  /** Hashed unless users may be named. */
  readonly user?: string | undefined;
  /** What else is allowed through. */
  readonly attributes: Readonly<Record<string, AttributeValue>>;
}
