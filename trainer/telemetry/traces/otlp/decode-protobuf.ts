// OTLP in protobuf. Read field by field, not into objects of a generated class: what is not kept is stepped over, and what
// is too much is noticed before it takes up memory. Field numbers are those of opentelemetry/proto/{trace,common}/v1.
import protobuf from 'protobufjs/minimal.js';
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

/** Wire types (protobuf.dev, encoding). */
const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const NS_PER_MS = 1e6;

type Reader = protobuf.Reader;
/** Reads the field and returns true, or returns false where it is none of those known. */
type OnField = (field: number, wire: number) => boolean;

/** @throws {MalformedOtlp} */
export function decodeProtobuf(body: Uint8Array, isWanted: IsWanted): RawResourceSpans[] {
  try {
    return new Decoder(protobuf.Reader.create(body), isWanted).request();
  } catch (error) {
    if (error instanceof MalformedOtlp) throw error;
    // Of the reader: the end came too early, or a wire type that there is not.
    throw new MalformedOtlp((error as Error).message);
  }
}

class Decoder {
  #spans = 0;
  #messages = 0;

  constructor(
    private readonly reader: Reader,
    private readonly isWanted: IsWanted,
  ) {}

  request(): RawResourceSpans[] {
    const all: RawResourceSpans[] = [];
    this.#fields(this.reader.len, (field, wire) => {
      if (field !== 1) return false;
      all.push(this.#resourceSpans(this.#message(wire)));
      return true;
    });
    return all;
  }

  #resourceSpans(end: number): RawResourceSpans {
    const resource = new Map<string, RawValue>();
    const spans: RawSpan[] = [];
    this.#fields(end, (field, wire) => {
      if (field === 1) this.#resource(this.#message(wire), resource);
      else if (field === 2) this.#scopeSpans(this.#message(wire), spans);
      else return false;
      return true;
    });
    return { resource, spans };
  }

  #resource(end: number, attributes: Map<string, RawValue>): void {
    this.#fields(end, (field, wire) => {
      if (field !== 1) return false;
      this.#attribute(this.#message(wire), attributes);
      return true;
    });
  }

  #scopeSpans(end: number, spans: RawSpan[]): void {
    this.#fields(end, (field, wire) => {
      if (field !== 2) return false;
      requireSpans((this.#spans += 1));
      spans.push(this.#span(this.#message(wire)));
      return true;
    });
  }

  #span(end: number): RawSpan {
    let [traceId, spanId, parentSpanId, name] = ['', '', '', ''];
    let [kind, startMs, endMs, statusCode] = [0, 0, 0, 0];
    const attributes = new Map<string, RawValue>();
    this.#fields(end, (field, wire) => {
      switch (field) {
        case 1: traceId = this.#id(wire, 16); break; // prettier-ignore
        case 2: spanId = this.#id(wire, 8); break; // prettier-ignore
        case 4: parentSpanId = this.#id(wire, 8); break; // prettier-ignore
        case 5: name = this.#string(wire); break; // prettier-ignore
        case 6: kind = this.#varint(wire); break; // prettier-ignore
        case 7: startMs = this.#time(wire); break; // prettier-ignore
        case 8: endMs = this.#time(wire); break; // prettier-ignore
        case 9: this.#attribute(this.#message(wire), attributes); break; // prettier-ignore
        case 15: statusCode = this.#status(this.#message(wire)); break; // prettier-ignore
        default: return false; // prettier-ignore
      }
      return true;
    });
    return { traceId, spanId, parentSpanId, kind, name, startMs, endMs, statusCode, attributes };
  }

  #status(end: number): number {
    let code = 0;
    this.#fields(end, (field, wire) => {
      if (field !== 3) return false;
      code = this.#varint(wire);
      return true;
    });
    return code;
  }

  #attribute(end: number, attributes: Map<string, RawValue>): void {
    let key = '';
    let value: RawValue | undefined;
    this.#fields(end, (field, wire) => {
      if (field === 1) key = this.#string(wire);
      // Senders write the key first; where the value comes first, it is read for nothing at worst.
      else if (field === 2 && (key === '' || this.isWanted(key))) value = this.#value(this.#message(wire));
      else return false;
      return true;
    });
    if (value === undefined || !this.isWanted(key)) return;
    attributes.set(key, value);
    requireAttributes(attributes.size);
  }

  #value(end: number): RawValue | undefined {
    let value: RawValue | undefined;
    this.#fields(end, (field, wire) => {
      switch (field) {
        case 1: value = this.#string(wire); break; // prettier-ignore
        case 2: value = this.#varint(wire) !== 0; break; // prettier-ignore
        case 3: value = this.#int64(wire); break; // prettier-ignore
        case 4: expectWire(wire, FIXED64); value = this.reader.double(); break; // prettier-ignore
        default: return false; // prettier-ignore
      }
      return true;
    });
    return value;
  }

  #fields(end: number, onField: OnField): void {
    const { reader } = this;
    requireParts((this.#messages += 1));
    while (reader.pos < end) {
      const tag = reader.uint32();
      const [field, wire] = [tag >>> 3, tag & 7];
      if (field === 0) throw new MalformedOtlp(`field 0 at byte ${reader.pos}`);
      if (!onField(field, wire)) this.#skip(field, wire);
    }
    if (reader.pos > end) throw new MalformedOtlp(`a message ends within a field, at byte ${end}`);
  }

  #skip(field: number, wire: number): void {
    if (wire === BYTES) this.reader.pos = this.#message(wire);
    else this.reader.skipType(wire, 0, field);
  }

  /** @returns where the message ends */
  #message(wire: number): number {
    expectWire(wire, BYTES);
    const length = this.reader.uint32();
    const end = this.reader.pos + length;
    if (end > this.reader.len)
      throw new MalformedOtlp(`${length} bytes at byte ${this.reader.pos}, past the end`);
    return end;
  }

  #string(wire: number): string {
    const start = this.reader.pos;
    requireString(this.#message(wire) - this.reader.pos);
    this.reader.pos = start;
    return this.reader.string();
  }

  #id(wire: number, length: number): string {
    expectWire(wire, BYTES);
    const bytes = this.reader.bytes();
    if (bytes.length !== 0 && bytes.length !== length)
      throw new MalformedOtlp(`an id of ${bytes.length} bytes instead of ${length}`);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
  }

  #varint(wire: number): number {
    expectWire(wire, VARINT);
    return this.reader.uint32();
  }

  #int64(wire: number): number {
    expectWire(wire, VARINT);
    const value = this.reader.int64();
    return typeof value === 'number' ? value : value.high * 2 ** 32 + (value.low >>> 0);
  }

  /** 64 bits of nanoseconds; a double has them to a quarter of a microsecond. */
  #time(wire: number): number {
    expectWire(wire, FIXED64);
    const low = this.reader.fixed32();
    return (this.reader.fixed32() * 2 ** 32 + low) / NS_PER_MS;
  }
}

function expectWire(wire: number, expected: number): void {
  if (wire !== expected) throw new MalformedOtlp(`wire type ${wire} instead of ${expected}`);
}
