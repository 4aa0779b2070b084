import { describe, expect, it } from 'vitest';
import { decodeJson } from '../../../../trainer/telemetry/traces/otlp/decode-json.js';
import { decodeProtobuf } from '../../../../trainer/telemetry/traces/otlp/decode-protobuf.js';
import { encodeProtobuf } from '../../../../trainer/telemetry/traces/otlp/encode-protobuf.js';
import { SpanReader } from '../../../../trainer/telemetry/traces/read-spans.js';
import { hashUser } from '../../../../trainer/telemetry/traces/user-hash.js';
import { SPAN, TRACE, message, protobufOf, requestOf, type OtlpSpan } from './otlp.js';

function read(span: OtlpSpan, allow: readonly string[] = []) {
  const reader = new SpanReader(allow);
  return reader.read(decodeJson(requestOf(span), reader.isWanted));
}
const one = (attributes: OtlpSpan['attributes'] = {}, allow?: readonly string[]) =>
  read({ attributes }, allow).spans[0]!;

const MODEL = '0123456789abcdef0123456789abcdef';
/** What Envoy 1.40 sends of an egress. */
const ENVOY = {
  'http.method': 'GET',
  'http.url': 'http://api:80/orders/7?token=secret#top',
  'http.status_code': '503',
  'http.protocol': 'HTTP/1.1',
  component: 'proxy',
  upstream_cluster: 'outbound|80||api.default.svc.cluster.local',
  'upstream_cluster.name': 'outbound|80||api.default.svc.cluster.local',
  upstream_address: '10.0.0.7:8080',
  'peer.address': '10.9.9.9',
  user_agent: 'curl/8',
  response_flags: 'UF',
  node_id: 'sidecar~web-0',
  'weir.decision': `10.0.0.7:8080,10.0.0.8:8080|${MODEL}`,
  'weir.user': 'a1b2c3d4',
};

describe('a span of Envoy', () => {
  it('has caller, callee, endpoint, decision, model and user', () => {
    expect(one(ENVOY)).toMatchObject({
      ...{ traceId: TRACE, spanId: SPAN, service: 'web', instance: 'sidecar~web-0', kind: 'client' },
      ...{ method: 'GET', path: '/orders/7', status: 503, failed: true, durationMs: 20 },
      ...{ peer: 'outbound|80||api.default.svc.cluster.local', endpoint: '10.0.0.7:8080' },
      ...{ chosen: '10.0.0.7:8080', model: MODEL, user: 'a1b2c3d4' },
    });
  });

  it('keeps nothing that is private', () => {
    const text = JSON.stringify(one(ENVOY));
    for (const secret of ['secret', 'token', 'curl', '10.9.9.9', '#top']) expect(text).not.toContain(secret);
    expect(one(ENVOY).attributes).toEqual({
      ...{ response_flags: 'UF', upstream_cluster: 'outbound|80||api.default.svc.cluster.local' },
    });
  });

  it('keeps what is allowed', () => {
    const allow = ['url.query', 'user_agent'];
    expect(one(ENVOY, allow)).toMatchObject({
      path: '/orders/7?token=secret',
      attributes: { user_agent: 'curl/8' },
    });
  });

  it('got no answer where its status is 0', () => {
    expect(one({ ...ENVOY, 'http.status_code': '0', upstream_address: '-' })).toMatchObject({ status: 0 });
    expect(one({ ...ENVOY, upstream_address: '-' }).endpoint).toBeUndefined();
  });

  it.each(['-', '|', `|${MODEL}`, 'x', 'not an address,10.0.0.1:80|nor a model'])(
    'has no choice in %s',
    (decision) => {
      expect(one({ ...ENVOY, 'weir.decision': decision }).chosen).toBeUndefined();
    },
  );

  it('is not the balancer’s where it is a server’s', () => {
    const [span] = read({ kind: 2, attributes: ENVOY }).spans;
    for (const field of ['peer', 'endpoint', 'chosen', 'model'] as const)
      expect(span![field]).toBeUndefined();
  });
});

describe('a span of an application', () => {
  it('has the names of today’s conventions', () => {
    const span = one({
      ...{
        'http.request.method': 'POST',
        'url.full': 'https://u:p@api.test/buy?card=1',
        'http.response.status_code': 201,
      },
      ...{ 'server.address': 'api.test', 'network.peer.address': '10.0.0.1', 'network.peer.port': 443 },
    });
    expect(span).toMatchObject({
      method: 'POST',
      path: '/buy',
      status: 201,
      failed: false,
      peer: 'api.test',
    });
    expect(span.endpoint).toBe('10.0.0.1:443');
    expect(JSON.stringify(span)).not.toMatch(/u:p|card/);
  });

  it('names databases', () => {
    expect(one({ 'db.system.name': 'postgresql', 'db.query.text': 'select secret' })).toMatchObject({
      ...{ peer: 'postgresql', attributes: { 'db.system.name': 'postgresql' } },
    });
  });

  it('has users by a hash, the same as the filter’s, unless they may be named', () => {
    expect(one({ 'enduser.id': 'ada' }).user).toBe(hashUser('ada'));
    expect(hashUser('ada')).toMatch(/^[0-9a-f]{8}$/);
    expect(one({ 'enduser.id': 'ada' }, ['user']).user).toBe('ada');
  });

  it('fails by its status, or by that of HTTP from 500 on', () => {
    expect(read({ status: { code: 2 } }).spans[0]!.failed).toBe(true);
    expect([499, 500].map((status) => one({ 'http.response.status_code': status }).failed)).toEqual([
      false,
      true,
    ]);
  });

  it('has no control characters in its names, and bounded ones', () => {
    const [span] = read({ name: 'a\tb\n', resource: { 'service.name': `x\ty${'z'.repeat(500)}` } }).spans;
    expect(span!.name).toBe('a b');
    expect(span!.service).toMatch(/^x yz+$/);
    expect(span!.service).toHaveLength(200);
  });

  it.each([
    ['GET /buy?card=1', 'GET /buy'],
    ['GET https://u:p@api.test/buy?card=1#x now', 'GET /buy now'],
    ['https://u:p@api.test', 'client'],
    ['OrdersController#show', 'OrdersController#show'],
  ])('loses query and host in its name too: %s', (name, kept) => {
    expect(read({ name }).spans[0]!.name).toBe(kept);
  });

  it('loses who logs in even where the URL is allowed', () => {
    const { attributes } = one({ 'url.full': 'https://u:p@api.test/buy', 'db.system': 'x' }, ['url.full']);
    expect(attributes).toEqual({ 'url.full': 'https://api.test/buy', 'db.system': 'x' });
  });
});

describe('a span that cannot be', () => {
  it.each([
    ['no trace id', { traceId: '' }],
    ['a trace id of zeros', { traceId: '0'.repeat(32) }],
    ['no span id', { spanId: '' }],
    ['no times', { startTimeUnixNano: 0, endTimeUnixNano: 0 }],
    ['an end before its start', { endTimeUnixNano: '1' }],
    ['a length of years', { endTimeUnixNano: '9000000000000000000' }],
  ])('is dropped: %s', (_name, fields) => {
    expect(read(fields)).toEqual({ spans: [], dropped: 1 });
  });

  it('is a root where its parent is zeros', () => {
    expect(read({ parentSpanId: '0'.repeat(16) }).spans[0]!.parentId).toBeUndefined();
  });
});

describe('JSON', () => {
  const reader = new SpanReader(['n', 'b', 's']);
  const decode = (body: unknown) => reader.read(decodeJson(body, reader.isWanted)).spans;
  const values = (...attributes: [key: string, value: object][]) =>
    requestOf({}, { attributes: attributes.map(([key, value]) => ({ key, value })) });

  it('reads every kind of number, and null as absent', () => {
    expect(one({ 'http.status_code': 404 }).status).toBe(404);
    expect(read({ parentSpanId: null, status: null }).spans).toHaveLength(1);
    const kept = (value: object) => decode(values(['n', value]))[0]!.attributes['n'];
    expect(kept({ intValue: '-12' })).toBe(-12);
    expect(kept({ intValue: 12 })).toBe(12);
    expect(kept({ doubleValue: 0.5 })).toBe(0.5);
    expect(kept({ doubleValue: 'NaN' })).toBeUndefined();
    expect(kept({ boolValue: false })).toBe(false);
    expect(kept({ stringValue: '' })).toBe('');
    expect(kept({ arrayValue: { values: [] } })).toBeUndefined();
  });

  it.each<[string, object, string]>([
    ['a list instead of an object', [], 'the body is not an object'],
    [
      'spans that are none',
      requestOf({}, {}, { spans: {} }),
      'resourceSpans.0: scopeSpans.0: spans is not a list',
    ],
    ['a short id', requestOf({ spanId: 'ab' }), 'spans.0: spanId is not 16 hexadecimal digits'],
    ['an attribute that is none', values(['n', { boolValue: 'yes' }]), 'value.boolValue is not a boolean'],
    ['a time before time', requestOf({ startTimeUnixNano: '-1' }), 'startTimeUnixNano is not a time'],
    ['an infinite time', requestOf({ endTimeUnixNano: 'Infinity' }), 'endTimeUnixNano is not a time'],
  ])('refuses %s, and says where', (_name, body, where) => {
    expect(() => decode(body)).toThrow(where);
  });
});

describe('protobuf', () => {
  const reader = new SpanReader(['big']);
  const decode = (bytes: Uint8Array) => reader.read(decodeProtobuf(bytes, reader.isWanted)).spans;

  it('gives the spans that JSON gives, there and back', () => {
    const { spans } = read({ attributes: ENVOY, parentSpanId: 'aaaaaaaaaaaaaaaa' });
    const [there] = spans;
    const [back] = decode(encodeProtobuf(spans));
    const { chosen: _chosen, model: _model, ...rest } = there!;
    expect(back).toEqual(rest);
  });

  it('reads whole numbers of 64 bits, negative ones and fractions', () => {
    const [span] = decode(encodeProtobuf([{ ...one(), attributes: { big: 2 ** 50 } }]));
    expect(span!.attributes['big']).toBe(2 ** 50);
    expect(decode(encodeProtobuf([{ ...one(), attributes: { big: -5 } }]))[0]!.attributes['big']).toBe(-5);
    expect(decode(encodeProtobuf([{ ...one(), attributes: { big: 0.25 } }]))[0]!.attributes['big']).toBe(
      0.25,
    );
  });

  it('steps over fields that are not known, and a resource that comes last', () => {
    const span = message(
      [1, Buffer.from(TRACE, 'hex')],
      [2, Buffer.from(SPAN, 'hex')],
      [7, 1_544_712_660_000_000_000n],
      [8, 1_544_712_660_000_000_000n],
      [99, 'x'],
      [98, 7],
      [97, 5n],
    );
    const resource = message([1, message([1, 'service.name'], [2, message([1, 'late'])])]);
    const spans = decode(message([1, message([2, message([2, span])], [1, resource])]));
    expect(spans).toMatchObject([{ service: 'late' }]);
  });

  it.each<[string, Uint8Array]>([
    ['a truncated body', protobufOf().subarray(0, -3)],
    ['an id that is too short', protobufOf([1, Buffer.alloc(15, 1)])],
    ['a name that is a number', protobufOf([5, 7])],
    ['a time that is a string', protobufOf([7, 'noon'])],
    ['a string of 100 kB', protobufOf([5, 'x'.repeat(100_000)])],
    ['a length past the end', message([1, Buffer.from([0x12, 0xff, 0xff, 0x03])])],
    ['a group without an end', Buffer.from([0x0b, 0x0b, 0x0b])],
    ['field 0', Buffer.from([0x02, 0x00])],
    ['text', Buffer.from('GET / HTTP/1.1')],
  ])('refuses %s', (_name, bytes) => {
    expect(() => decode(bytes)).toThrow(expect.objectContaining({ name: 'MalformedOtlp' }));
  });

  it('refuses a million empty spans before they take up memory', () => {
    const empty = Buffer.alloc(2_000_000).fill(Buffer.from([0x12, 0x00]));
    expect(() => decode(message([1, message([2, empty])]))).toThrow('more than 20000 spans');
  });
});
