// An ExportTraceServiceRequest (OTLP 1.x, opentelemetry/proto/trace/v1/trace.proto), as far as it is read: what both
// encodings become before it is made sense of.

export type RawValue = string | number | boolean;

/** Attributes by their keys; arrays, maps and bytes are left out. */
export type RawAttributes = ReadonlyMap<string, RawValue>;

export interface RawSpan {
  /** Lower-case hexadecimal digits, 32 and 16 and 16; empty where there is none. */
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string;
  /** SpanKind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly name: string;
  /** Unix time in ms. */
  readonly startMs: number;
  readonly endMs: number;
  /** StatusCode: 0 unset, 1 ok, 2 error. */
  readonly statusCode: number;
  readonly attributes: RawAttributes;
}

export interface RawResourceSpans {
  readonly resource: RawAttributes;
  readonly spans: readonly RawSpan[];
}

/** Which attributes are worth reading. */
export type IsWanted = (key: string) => boolean;

/** What no sender has a reason to exceed; what does is refused as a whole, before it takes up memory. */
export const MAX_SPANS = 20_000;
/** Messages of a request in protobuf, objects and lists in JSON: each costs time however small it is. */
export const MAX_PARTS = 1_500_000;
export const MAX_ATTRIBUTES = 256;
export const MAX_STRING_BYTES = 65_536;

/** Not OTLP, and where. */
export class MalformedOtlp extends Error {
  override readonly name = 'MalformedOtlp';
}

export function requireSpans(count: number): void {
  if (count > MAX_SPANS) throw new MalformedOtlp(`more than ${MAX_SPANS} spans in one request`);
}

export function requireParts(count: number): void {
  if (count > MAX_PARTS) throw new MalformedOtlp(`more than ${MAX_PARTS} parts in one request`);
}

export function requireAttributes(count: number): void {
  if (count > MAX_ATTRIBUTES) throw new MalformedOtlp(`more than ${MAX_ATTRIBUTES} attributes of one span`);
}

export function requireString(bytes: number): void {
  if (bytes > MAX_STRING_BYTES)
    throw new MalformedOtlp(`a string of ${bytes} bytes, at most ${MAX_STRING_BYTES}`);
}
