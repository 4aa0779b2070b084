// OTLP in JSON (OTLP specification 1.x, JSON protobuf encoding): ids in hexadecimal digits, 64-bit numbers as strings or
// numbers, enums as numbers, unknown fields ignored.
import { z } from 'zod';
import {
  MAX_ATTRIBUTES,
  MAX_STRING_BYTES,
  requireSpans,
  type IsWanted,
  type RawResourceSpans,
  type RawSpan,
  type RawValue,
} from './message.js';

const text = z.string().max(MAX_STRING_BYTES);
const hex = (digits: number) =>
  z
    .string()
    .regex(/^[0-9a-fA-F]*$/, 'is not hexadecimal')
    .refine((id) => id === '' || id.length === digits, `is not ${digits} hexadecimal digits`)
    .transform((id) => id.toLowerCase());
/** Nanoseconds of an epoch do not fit a double to the last digit; of a millisecond they do. */
const ns = z.union([z.string().regex(/^\d{1,20}$/, 'is not a number of nanoseconds'), z.number().min(0)]);
const int64 = z.union([z.string().regex(/^-?\d{1,19}$/, 'is not a whole number'), z.int()]);
const small = z
  .int()
  .min(0)
  .max(2 ** 31);

/** Of the kinds of AnyValue, those that are kept; the others are skipped as unknown fields are. */
const anyValue = z.object({
  stringValue: text.optional(),
  boolValue: z.boolean().optional(),
  intValue: int64.optional(),
  doubleValue: z.number().optional(),
});
const attributes = z
  .array(z.object({ key: text, value: anyValue.optional() }))
  .max(MAX_ATTRIBUTES)
  .default([]);
const span = z.object({
  traceId: hex(32).default(''),
  spanId: hex(16).default(''),
  parentSpanId: hex(16).default(''),
  kind: small.default(0),
  name: text.default(''),
  startTimeUnixNano: ns.default(0),
  endTimeUnixNano: ns.default(0),
  attributes,
  status: z.object({ code: small.default(0) }).optional(),
});
const scopeSpans = z.object({ spans: z.array(span).default([]) });
const resourceSpans = z.object({
  resource: z.object({ attributes }).optional(),
  scopeSpans: z.array(scopeSpans).default([]),
});
/** Also what the OpenAPI document shows. */
export const exportRequest = z.object({ resourceSpans: z.array(resourceSpans).default([]) }).meta({
  id: 'ExportTraceServiceRequest',
  description: 'OTLP traces (opentelemetry.io, OTLP specification)',
});

type ExportRequest = z.output<typeof exportRequest>;

/** @param body that `exportRequest` accepted @throws {MalformedOtlp} */
export function decodeJson(body: ExportRequest, isWanted: IsWanted): RawResourceSpans[] {
  let count = 0;
  return body.resourceSpans.map(({ resource, scopeSpans }) => ({
    resource: mapOf(resource?.attributes ?? [], isWanted),
    spans: scopeSpans.flatMap(({ spans }) => {
      requireSpans((count += spans.length));
      return spans.map((one) => spanOf(one, isWanted));
    }),
  }));
}

function spanOf(given: z.output<typeof span>, isWanted: IsWanted): RawSpan {
  const { traceId, spanId, parentSpanId, kind, name, status } = given;
  return {
    ...{ traceId, spanId, parentSpanId, kind, name },
    startMs: Number(given.startTimeUnixNano) / 1e6,
    endMs: Number(given.endTimeUnixNano) / 1e6,
    statusCode: status?.code ?? 0,
    attributes: mapOf(given.attributes, isWanted),
  };
}

function mapOf(given: z.output<typeof attributes>, isWanted: IsWanted): Map<string, RawValue> {
  const all = new Map<string, RawValue>();
  for (const { key, value } of given) {
    const plain = value && (value.stringValue ?? value.boolValue ?? value.intValue ?? value.doubleValue);
    if (plain === undefined || !isWanted(key)) continue;
    all.set(key, value?.intValue === undefined ? plain : Number(value.intValue));
  }
  return all;
}
