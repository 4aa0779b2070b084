// Spans as OTLP in protobuf again, for whoever they are passed on to. The counterpart of decode-protobuf.ts.
import protobuf from 'protobufjs/minimal.js';
import type { AttributeValue, Span, SpanKind } from '../span.js';

type Writer = protobuf.Writer;

const KINDS: Readonly<Record<SpanKind, number>> = {
  internal: 1,
  server: 2,
  client: 3,
  producer: 4,
  consumer: 5,
};
const ERROR = 2;
const NS_PER_MS = 1_000_000n;

/** Tag of a field: its number and wire type. */
const VARINT = (field: number) => (field << 3) | 0;
const FIXED64 = (field: number) => (field << 3) | 1;
const BYTES = (field: number) => (field << 3) | 2;

export function encodeProtobuf(spans: readonly Span[]): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const group of byResource(spans).values()) {
    writer.uint32(BYTES(1)).fork();
    const { service, instance } = group[0]!;
    writer.uint32(BYTES(1)).fork();
    attribute(writer, 1, 'service.name', service);
    if (instance !== undefined) attribute(writer, 1, 'service.instance.id', instance);
    writer.ldelim();
    writer.uint32(BYTES(2)).fork();
    for (const span of group) spanOf(writer, span);
    writer.ldelim().ldelim();
  }
  return writer.finish();
}

function byResource(spans: readonly Span[]): Map<string, Span[]> {
  const groups = new Map<string, Span[]>();
  for (const span of spans) {
    const key = `${span.service}\t${span.instance ?? ''}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [span]);
    else group.push(span);
  }
  return groups;
}

function spanOf(writer: Writer, span: Span): void {
  writer.uint32(BYTES(2)).fork();
  writer.uint32(BYTES(1)).bytes(Buffer.from(span.traceId, 'hex'));
  writer.uint32(BYTES(2)).bytes(Buffer.from(span.spanId, 'hex'));
  if (span.parentId !== undefined) writer.uint32(BYTES(4)).bytes(Buffer.from(span.parentId, 'hex'));
  writer.uint32(BYTES(5)).string(span.name);
  writer.uint32(VARINT(6)).uint32(KINDS[span.kind]);
  time(writer, 7, span.startMs);
  time(writer, 8, span.startMs + span.durationMs);
  for (const [key, value] of attributesOf(span)) attribute(writer, 9, key, value);
  if (span.failed) writer.uint32(BYTES(15)).fork().uint32(VARINT(3)).uint32(ERROR).ldelim();
  writer.ldelim();
}

/** By the names of OpenTelemetry's semantic conventions, where there is one. */
function attributesOf(span: Span): [key: string, value: AttributeValue][] {
  const given: [string, AttributeValue | undefined][] = [
    ['http.request.method', span.method],
    ['url.path', span.path],
    ['http.response.status_code', span.status],
    ['peer.service', span.peer],
    ['upstream_address', span.endpoint],
    ['weir.chosen', span.chosen],
    ['weir.model', span.model],
    ['weir.user', span.user],
    ...Object.entries(span.attributes),
  ];
  return given.filter((pair): pair is [string, AttributeValue] => pair[1] !== undefined);
}

function attribute(writer: Writer, field: number, key: string, value: AttributeValue): void {
  writer.uint32(BYTES(field)).fork().uint32(BYTES(1)).string(key).uint32(BYTES(2)).fork();
  if (typeof value === 'string') writer.uint32(BYTES(1)).string(value);
  else if (typeof value === 'boolean') writer.uint32(VARINT(2)).bool(value);
  else if (Number.isSafeInteger(value)) writer.uint32(VARINT(3)).int64(value);
  else writer.uint32(FIXED64(4)).double(value);
  writer.ldelim().ldelim();
}

function time(writer: Writer, field: number, ms: number): void {
  // Of a double, what lies below a microsecond is noise.
  const ns = BigInt(Math.round(ms * 1000)) * (NS_PER_MS / 1000n);
  writer
    .uint32(FIXED64(field))
    .fixed32(Number(ns & 0xffffffffn))
    .fixed32(Number(ns >> 32n));
}
