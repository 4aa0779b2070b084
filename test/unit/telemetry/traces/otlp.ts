// OTLP for tests: JSON as other tools send it, and protobuf by the writer of the official library.
import protobuf from 'protobufjs/minimal.js';

type Value = string | number | boolean;

export interface OtlpSpan {
  readonly attributes?: Readonly<Record<string, Value>>;
  readonly resource?: Readonly<Record<string, Value>>;
  readonly [field: string]: unknown;
}

export const TRACE = '5b8efff798038103d269b633813fc60c';
export const SPAN = 'eee19b7ec3c1b174';

const keyValues = (attributes: Readonly<Record<string, Value>>) =>
  Object.entries(attributes).map(([key, value]) => ({ key, value: anyValue(value) }));

function anyValue(value: Value): object {
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** One span of 20 ms, as JSON; `raw` and `scope` are put over it as they are. */
export function requestOf(
  { attributes = {}, resource = {}, ...fields }: OtlpSpan,
  raw: object = {},
  scope: object = {},
): object {
  const span = {
    ...{ traceId: TRACE, spanId: SPAN, kind: 3, name: 'egress api:80' },
    ...{ startTimeUnixNano: '1544712660000000000', endTimeUnixNano: '1544712660020000000' },
    attributes: keyValues(attributes),
    ...fields,
    ...raw,
  };
  return {
    resourceSpans: [
      {
        resource: { attributes: keyValues({ 'service.name': 'web', ...resource }) },
        scopeSpans: [{ scope: { name: 'test' }, spans: [span], ...scope }],
      },
    ],
  };
}

/** Bytes of a message: pairs of field number and value; strings and bytes are length-delimited, numbers varints. */
export function message(
  ...fields: [field: number, value: Uint8Array | string | number | bigint][]
): Uint8Array {
  const writer = protobuf.Writer.create();
  for (const [field, value] of fields) {
    if (typeof value === 'number') writer.uint32(field << 3).uint32(value);
    else if (typeof value === 'bigint') writer.uint32((field << 3) | 1).fixed64(value.toString());
    else if (typeof value === 'string') writer.uint32((field << 3) | 2).string(value);
    else writer.uint32((field << 3) | 2).bytes(value);
  }
  return writer.finish();
}

/** A request of one span whose further fields are given. */
export function protobufOf(...fields: Parameters<typeof message>): Uint8Array {
  const ids: Parameters<typeof message> = [
    [1, Buffer.from(TRACE, 'hex')],
    [2, Buffer.from(SPAN, 'hex')],
    [5, 'GET /'],
    [6, 2],
    [7, 1_544_712_660_000_000_000n],
    [8, 1_544_712_660_020_000_000n],
  ];
  const given = new Set(fields.map(([field]) => field));
  const span = message(...ids.filter(([field]) => !given.has(field)), ...fields);
  return message([1, message([2, message([2, span])])]);
}
