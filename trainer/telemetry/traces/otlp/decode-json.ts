// OTLP in JSON (OTLP specification 1.x, JSON protobuf encoding): ids in hexadecimal digits, 64-bit numbers as strings or
// numbers, enums as numbers, null as absent, unknown fields ignored. Checked by hand: a validator that lists every error
// makes gigabytes of a body full of them.
import { z } from 'zod';
import {
  MalformedOtlp,
  requireAttributes,
  requireParts,
  requireSpans,
  requireString,
  type IsWanted,
  type RawResourceSpans,
  type RawSpan,
  type RawValue,
} from './message.js';

/** For the OpenAPI document. */
export const exportRequest = z
  .looseObject({ resourceSpans: z.array(z.record(z.string(), z.unknown())).optional() })
  .meta({
    id: 'ExportTraceServiceRequest',
    description: 'opentelemetry/proto/collector/trace/v1, in the JSON encoding of the OTLP specification',
  });

type Fields = Readonly<Record<string, unknown>>;

const [OBJECT, LIST] = Buffer.from('{[');

/** Before a body is parsed: one of six million empty objects takes seconds. @throws {MalformedOtlp} */
export function requireFewParts(body: Uint8Array): void {
  let count = 0;
  for (let i = 0; i < body.length; i++) if (body[i] === OBJECT || body[i] === LIST) count += 1;
  requireParts(count);
}

/** @throws {MalformedOtlp} that names the first field that is wrong */
export function decodeJson(body: unknown, isWanted: IsWanted): RawResourceSpans[] {
  let count = 0;
  return each(fieldsOf(body, 'the body'), 'resourceSpans', (one) => {
    const resource = fieldsOf(one['resource'] ?? {}, 'resource');
    const spans: RawSpan[] = [];
    each(one, 'scopeSpans', (scope) => {
      each(scope, 'spans', (span) => {
        requireSpans((count += 1));
        spans.push(spanOf(span, isWanted));
      });
    });
    return { resource: attributesOf(resource, isWanted), spans };
  });
}

function spanOf(span: Fields, isWanted: IsWanted): RawSpan {
  return {
    traceId: id(span, 'traceId', 32),
    spanId: id(span, 'spanId', 16),
    parentSpanId: id(span, 'parentSpanId', 16),
    kind: number(span['kind'] ?? 0, 'kind'),
    name: text(span['name'] ?? '', 'name'),
    // Nanoseconds of an epoch do not fit a double to the last digit; of a millisecond they do.
    startMs: time(span, 'startTimeUnixNano') / 1e6,
    endMs: time(span, 'endTimeUnixNano') / 1e6,
    statusCode: number(fieldsOf(span['status'] ?? {}, 'status')['code'] ?? 0, 'status.code'),
    attributes: attributesOf(span, isWanted),
  };
}

function attributesOf(of: Fields, isWanted: IsWanted): Map<string, RawValue> {
  const all = new Map<string, RawValue>();
  let count = 0;
  each(of, 'attributes', (attribute) => {
    requireAttributes((count += 1));
    const key = text(attribute['key'] ?? '', 'key');
    const value = fieldsOf(attribute['value'] ?? {}, 'value');
    const plain = isWanted(key) ? valueOf(value) : undefined;
    if (plain !== undefined) all.set(key, plain);
  });
  return all;
}

/** Undefined for the kinds of AnyValue that are not kept, and for numbers that are none. */
function valueOf({ stringValue, boolValue, intValue, doubleValue }: Fields): RawValue | undefined {
  if (typeof boolValue === 'boolean') return boolValue;
  if ((boolValue ?? undefined) !== undefined) throw new MalformedOtlp('value.boolValue is not a boolean');
  if ((stringValue ?? undefined) !== undefined) return text(stringValue, 'value.stringValue');
  const plain = intValue ?? doubleValue ?? undefined;
  if (plain === undefined) return undefined;
  const value = number(plain, intValue === plain ? 'value.intValue' : 'value.doubleValue');
  return Number.isFinite(value) ? value : undefined;
}

/** @param onEach of each object of the list, with what it throws naming the place */
function each<T>(of: Fields, name: string, onEach: (one: Fields) => T): T[] {
  const list = of[name] ?? [];
  if (!Array.isArray(list)) throw new MalformedOtlp(`${name} is not a list`);
  return list.map((one: unknown, i) => {
    try {
      return onEach(fieldsOf(one, 'this'));
    } catch (error) {
      if (!(error instanceof MalformedOtlp)) throw error;
      throw new MalformedOtlp(`${name}.${i}: ${error.message}`);
    }
  });
}

function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw new MalformedOtlp(`${what} is not an object`);
}

function text(value: unknown, what: string): string {
  if (typeof value !== 'string') throw new MalformedOtlp(`${what} is not a string`);
  requireString(value.length);
  return value;
}

const HEX = /^[0-9a-fA-F]*$/;

function id(span: Fields, name: string, digits: number): string {
  const value = text(span[name] ?? '', name);
  if (value !== '' && (value.length !== digits || !HEX.test(value)))
    throw new MalformedOtlp(`${name} is not ${digits} hexadecimal digits`);
  return value.toLowerCase();
}

const NUMBER = /^(-?\d{1,20}|NaN|-?Infinity)$/;

/** In quotes or not. */
function number(value: unknown, what: string): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && NUMBER.test(value)) return Number(value);
  throw new MalformedOtlp(`${what} is not a number`);
}

function time(span: Fields, name: string): number {
  const ns = number(span[name] ?? 0, name);
  if (ns >= 0 && Number.isFinite(ns)) return ns;
  throw new MalformedOtlp(`${name} is not a time`);
}
