// POST /v1/traces over real HTTP: from the official exporter, and from whoever means harm.
import { gzipSync, brotliCompressSync } from 'node:zlib';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeProtobuf } from '../../../trainer/telemetry/traces/otlp/encode-protobuf.js';
import { SpanReader } from '../../../trainer/telemetry/traces/read-spans.js';
import type { Span } from '../../../trainer/telemetry/traces/span.js';
import { traceOf } from '../telemetry/graph/spans.js';
import { SPAN, TRACE, message, protobufOf, requestOf } from '../telemetry/traces/otlp.js';
import { problemOf, testServer, type TestServer } from './client.js';

const taken: Span[] = [];
let server: TestServer;
beforeAll(async () => {
  const traces = {
    reader: new SpanReader([]),
    take: (spans: readonly Span[]) => void taken.push(...spans),
    find: () => [],
    get: () => undefined,
  };
  server = await testServer({ services: { traces } });
});
afterAll(() => server.close());
beforeEach(() => void taken.splice(0));

const PROTOBUF = 'application/x-protobuf';
const post = (body: Uint8Array | string, headers: Record<string, string> = { 'content-type': PROTOBUF }) =>
  fetch(server.url('/v1/traces'), { method: 'POST', headers, body });
const postJson = (body: unknown, headers: Record<string, string> = {}) =>
  post(typeof body === 'string' ? body : JSON.stringify(body), {
    'content-type': 'application/json',
    ...headers,
  });

/** Of this process, which the server is in. */
async function cpuMsOf<T>(act: () => Promise<T>): Promise<{ cpu: number; result: T }> {
  const before = process.cpuUsage();
  const result = await act();
  const { user, system } = process.cpuUsage(before);
  return { cpu: (user + system) / 1000, result };
}

describe('POST /v1/traces', () => {
  it.each(['none', 'gzip'] as const)(
    'takes what the official exporter sends, compression %s',
    async (compression) => {
      const exporter = new OTLPTraceExporter({
        url: server.url('/v1/traces'),
        compression: compression as never,
      });
      const provider = new NodeTracerProvider({
        resource: resourceFromAttributes({ 'service.name': 'shop', 'service.instance.id': 'shop-1' }),
        spanProcessors: [new BatchSpanProcessor(exporter)],
      });
      const tracer = provider.getTracer('test');
      const parent = tracer.startSpan('GET /cart', {
        kind: SpanKind.SERVER,
        attributes: { 'http.request.method': 'GET' },
      });
      const child = tracer.startSpan(
        'charge',
        { kind: SpanKind.CLIENT, attributes: { 'peer.service': 'bank', 'http.response.status_code': 502 } },
        trace.setSpan((await import('@opentelemetry/api')).ROOT_CONTEXT, parent),
      );
      child.setStatus({ code: SpanStatusCode.ERROR });
      child.end();
      parent.end();
      await provider.shutdown();
      const [first, second] = [...taken].sort((a, b) => a.kind.localeCompare(b.kind));
      const { traceId, spanId } = parent.spanContext();
      expect(first).toMatchObject({
        kind: 'client',
        service: 'shop',
        peer: 'bank',
        status: 502,
        failed: true,
        traceId,
        parentId: spanId,
      });
      expect(second).toMatchObject({
        kind: 'server',
        instance: 'shop-1',
        method: 'GET',
        failed: false,
        spanId,
      });
      expect(Math.abs(second!.startMs - Date.now())).toBeLessThan(60_000);
    },
  );

  it('answers in the encoding that it was asked in', async () => {
    const binary = await post(protobufOf());
    expect([binary.status, binary.headers.get('content-type')]).toEqual([200, PROTOBUF]);
    expect((await binary.arrayBuffer()).byteLength).toBe(0);
    const json = await postJson(requestOf({}));
    expect([json.status, await json.json()]).toEqual([200, {}]);
    expect(taken.map(({ spanId, traceId }) => [spanId, traceId])).toEqual([
      [SPAN, TRACE],
      [SPAN, TRACE],
    ]);
  });

  it('says how many spans it could not take', async () => {
    const json = await postJson(requestOf({ traceId: '' }));
    expect(await json.json()).toMatchObject({ partialSuccess: { rejectedSpans: '1' } });
    const binary = await post(protobufOf([2, Buffer.alloc(8)]));
    expect(Buffer.from(await binary.arrayBuffer()).toString()).toContain('without a valid id');
    expect(taken).toEqual([]);
  });

  it('takes unknown fields, and nothing at all', async () => {
    expect((await postJson({ later: 1, resourceSpans: [] })).status).toBe(200);
    expect((await postJson({})).status).toBe(200);
    expect((await post(new Uint8Array())).status).toBe(200);
  });

  it('is counted', async () => {
    await post(protobufOf());
    const text = await (await fetch(server.url('/metrics'))).text();
    expect(text).toMatch(/^weir_spans_total\{verdict="accepted"\} [1-9]/m);
  });
});

describe('what is no OTLP', () => {
  it.each<[number, string, () => Promise<Response>]>([
    [415, 'text', () => post('x', { 'content-type': 'text/plain' })],
    [415, 'no type', () => post(protobufOf(), { 'content-type': '' })],
    [
      415,
      'an unknown encoding',
      () => post(protobufOf(), { 'content-type': PROTOBUF, 'content-encoding': 'zstd' }),
    ],
    [400, 'a truncated body', () => post(protobufOf().subarray(0, -2))],
    [400, 'JSON that is cut off', () => postJson('{"resourceSpans":[')],
    [400, 'JSON of another kind', () => postJson([])],
    [400, 'a number for a string', () => postJson(requestOf({ name: 7 }))],
    [400, 'an id in base64', () => postJson(requestOf({ traceId: 'W47/95gDgQPSabYzgT/GDA==' }))],
    [400, 'a time that is none', () => postJson(requestOf({ startTimeUnixNano: 'NaN' }))],
    [400, 'a huge string', () => postJson(requestOf({ name: 'x'.repeat(1_000_000) }))],
    [400, 'a huge string in protobuf', () => post(protobufOf([5, 'x'.repeat(1_000_000)]))],
    [
      400,
      'gzip that is none',
      () => post(protobufOf(), { 'content-type': PROTOBUF, 'content-encoding': 'gzip' }),
    ],
    [413, 'a body of 5 MiB', () => post(Buffer.alloc(5 * 2 ** 20))],
    [
      413,
      'a bomb of gzip',
      () =>
        post(gzipSync(Buffer.alloc(64 * 2 ** 20)), { 'content-type': PROTOBUF, 'content-encoding': 'gzip' }),
    ],
    [
      413,
      'a bomb of brotli',
      () =>
        post(brotliCompressSync(Buffer.alloc(64 * 2 ** 20)), {
          'content-type': PROTOBUF,
          'content-encoding': 'br',
        }),
    ],
  ])('gives %i for %s', async (status, _name, send) => {
    const problem = await problemOf(await send());
    expect(problem.status).toBe(status);
    expect(taken).toEqual([]);
  });

  it('gives 400 for a bomb of empty spans, within 16 MiB', async () => {
    const empty = Buffer.alloc(15 * 2 ** 20).fill(Buffer.from([0x12, 0x00]));
    const bomb = gzipSync(message([1, message([2, empty])]));
    const response = await post(bomb, { 'content-type': PROTOBUF, 'content-encoding': 'gzip' });
    expect((await problemOf(response)).detail).toContain('more than 20000 spans');
  });

  it.each<[string, string, string, string, number]>([
    ['empty spans in JSON', '{"resourceSpans":[{"scopeSpans":[{"spans":[', '{},', '{}]}]}]}', 5_500_000],
    ['spans that are none', '{"resourceSpans":[{"scopeSpans":[{"spans":[', '1,', '1]}]}]}', 8_000_000],
    ['attributes that are none', '{"resourceSpans":[{"resource":{"attributes":[', '1,', '1]}}]}', 8_000_000],
    ['empty resources in JSON', '{"resourceSpans":[', '{},', '{}]}', 5_500_000],
  ])('gives 400 for a bomb of %s, soon', async (_name, head, one, tail, count) => {
    const body = gzipSync(`${head}${one.repeat(count)}${tail}`, { level: 1 });
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };
    const { cpu, result } = await cpuMsOf(() => post(body, headers));
    expect((await problemOf(result)).status).toBe(400);
    // Some 20 s where the whole of it is looked at.
    expect(cpu).toBeLessThan(5000);
  });

  it('gives 400 for a bomb of empty resources in protobuf, soon', async () => {
    const body = gzipSync(Buffer.alloc(15 * 2 ** 20).fill(Buffer.from([0x0a, 0x00])), { level: 1 });
    const headers = { 'content-type': PROTOBUF, 'content-encoding': 'gzip' };
    const { cpu, result } = await cpuMsOf(() => post(body, headers));
    expect((await problemOf(result)).detail).toContain('parts');
    expect(cpu).toBeLessThan(3000);
  });

  it('gives 400 for deeply nested values', async () => {
    let value = message([1, 'deep']);
    for (let i = 0; i < 5000; i++) value = message([5, message([1, value])]);
    const response = await post(protobufOf([9, message([1, 'http.method'], [2, value])]));
    expect([200, 400]).toContain(response.status);
    const json = `${'{"arrayValue":{"values":['.repeat(5000)}${']}}'.repeat(5000)}`;
    const text = JSON.stringify(requestOf({})).replace(
      '"attributes":[]',
      `"attributes":[{"key":"x","value":${json}}]`,
    );
    expect([200, 400]).toContain((await postJson(text)).status);
  });

  it('whatever a mutation makes of good bytes is taken or refused, and the trainer goes on', async () => {
    const good = encodeProtobuf(
      traceOf({ at: 'web-0', from: 0, to: 9, calls: [{ at: 'db-0', from: 1, to: 8 }] }, TRACE),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(good.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        fc.nat(good.length),
        async (changes, length) => {
          const bad = Uint8Array.from(good);
          for (const [at, byte] of changes) bad[at] = byte;
          const { status } = await post(bad.subarray(0, length));
          expect([200, 400]).toContain(status);
        },
      ),
      { numRuns: 300, seed: 7 },
    );
    expect((await post(good)).status).toBe(200);
  });

  it('of any JSON is taken or refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        expect([200, 400]).toContain((await postJson({ resourceSpans: value })).status);
      }),
      { numRuns: 100, seed: 7 },
    );
  });
});
