import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ADDRESSES,
  API,
  clientConfig,
  clusterOf,
  modelBase64,
  nextReport,
  reports,
  serve,
  startClient,
} from './support/fixtures.js';
import { MockHost } from './support/mock-host.js';
import { RUNS, expectAlive } from './support/survival.js';

const value = fc.string({ unit: 'binary-ascii', maxLength: 300 });
const bytes = fc.uint8Array({ maxLength: 200 }).map((list) => Buffer.from(list));

const orcaMessage = fc
  .array(fc.tuple(fc.nat(255), fc.uint8Array({ maxLength: 12 })), { maxLength: 6 })
  .map((fields) => Buffer.concat(fields.flatMap(([tag, rest]) => [Buffer.from([tag]), Buffer.from(rest)])));

const orcaJson = fc.json({ maxDepth: 3 });
const field = fc.constantFrom('cpu_utilization', 'mem_utilization', 'rps_fractional', 'cpuUtilization', 'x');
const number = fc.oneof(
  fc.double().map(String),
  fc.constantFrom('1e400', '-1', '1e-400', '', '00', '9'.repeat(350)),
);
const orcaText = fc
  .array(
    fc.tuple(field, number).map(([k, v]) => `${k}=${v}`),
    { maxLength: 5 },
  )
  .map((parts) => parts.join(', '));

const load = fc.oneof(
  value,
  fc
    .array(
      fc.tuple(fc.constantFrom('q', 'w', 't', 'r', 'c', 'm', 'z', ''), fc.oneof(fc.nat().map(String), value)),
      { maxLength: 8 },
    )
    .map((pairs) => pairs.map(([k, v]) => `${k}=${v}`).join(';')),
);

const responseHeaders = fc.record(
  {
    'x-weir-load': load,
    'endpoint-load-metrics': fc.oneof(
      value,
      orcaText.map((text) => `TEXT ${text}`),
      orcaJson.map((text) => `JSON ${text}`),
      fc.tuple(field, number).map(([k, v]) => `JSON {"${k}":${v}}`),
      orcaMessage.map((message) => `BIN ${message.toString('base64')}`),
    ),
    'endpoint-load-metrics-bin': fc.oneof(
      value,
      bytes.map((b) => b.toString('base64')),
      orcaMessage.map((b) => b.toString('base64')),
    ),
    ':status': fc.oneof(fc.constantFrom('200', '503', '504', '099', '99999999999', 'abc', ''), value),
    'grpc-status': fc.oneof(fc.constantFrom('0', '14'), value),
  },
  { requiredKeys: [] },
);

const name = fc.constantFrom(
  'x-weir-endpoint',
  'x-weir-',
  'X-WEIR-A',
  'x-weir',
  ':path',
  ':method',
  ':authority',
  'x-class',
  'x-user',
  '',
  'a',
);
const requestHeaders = fc.dictionary(fc.oneof(name, value), value, { maxKeys: 12 });

describe('any headers', () => {
  it.each(['actor', 'prequal', 'client-side-wrr', 'c3', 'peak-ewma'])(
    'leave policy %s in working order',
    async (policy) => {
      const host = await startClient({
        policy,
        ...(policy === 'actor' ? { model: modelBase64({ scale: 1 }) } : {}),
        classes: { by: 'header:x-class' },
        tracing: { userHeader: 'x-user', hashUser: false },
      });
      fc.assert(
        fc.property(requestHeaders, responseHeaders, fc.nat(20), (request, response, latencyMs) => {
          serve(host, { headers: request, responseHeaders: response, latencyMs });
          for (const call of host.pendingCalls) call.answer({});
        }),
        { ...RUNS, numRuns: 100 },
      );
      // Whatever was said, the next report is valid and the choice still is one of all.
      nextReport(host);
      for (const report of reports(host)) expect(clusterOf(report)!.endpoints).toHaveLength(4);
      expectAlive(host);
    },
  );

  it('leave the server role in working order', async () => {
    const host = await MockHost.start({ config: { role: 'server' } });
    fc.assert(
      fc.property(requestHeaders, responseHeaders, (request, response) => {
        host.request(request).respond(response).finish();
      }),
      RUNS,
    );
    expect(host.failures).toEqual([]);
    expect(host.request().respond().finish().responseHeaders['x-weir-load']).toMatch(/^q=0;w=0;t=\d+;r=\d+/);
  });

  it('of 200 KiB are no danger', async () => {
    const host = await startClient();
    const headers = Object.fromEntries(
      Array.from({ length: 400 }, (_, n) => [`x-weir-${n}`, 'v'.repeat(500)]),
    );
    for (let n = 0; n < 20; n++) {
      const stream = serve(host, { headers, responseHeaders: headers });
      expect(Object.keys(stream.requestHeaders).filter((key) => key.startsWith('x-weir-'))).toEqual([
        'x-weir-endpoint',
      ]);
    }
    expectAlive(host);
  });

  it('of many clusters and paths keep the memory bounded', async () => {
    const host = await startClient({ classes: { by: 'path', max: 16 } });
    for (let n = 0; n < 3000; n++) {
      host
        .request(
          { ':path': `/${'abcdefghij'.slice(0, 1 + (n % 10))}/${n.toString(36)}` },
          { cluster: `c${n}` },
        )
        .finish();
    }
    expectAlive(host, 24 * 1024 * 1024);
  });

  it('and upstream addresses of any kind are no danger', async () => {
    const host = await startClient({ endpoints: {} });
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii', maxLength: 100 }), (upstream) => {
        serve(host, { upstream });
        for (const call of host.pendingCalls) call.answer({});
      }),
      { ...RUNS, numRuns: 400 },
    );
    expect(host.failures).toEqual([]);
    nextReport(host);
    expect(reports(host).length).toBeGreaterThan(0);
  });
});

describe('any answer', () => {
  const GOOD = JSON.stringify({
    nextMs: 1000,
    proxies: 4,
    clusters: [
      {
        name: API,
        ageMs: 120,
        endpoints: ADDRESSES.map((address) => ({ address, weight: 1, inFlight: 7, rps: 61.5, cpu: 0.4 })),
      },
    ],
  });
  const piece = fc.constantFrom('"', '{', '}', '[', ']', '1e999', '-1', 'null', ',', '\\u0041', '1e300');
  const mutated = fc
    .array(fc.tuple(fc.nat(GOOD.length), fc.nat(12), piece), { minLength: 1, maxLength: 3 })
    .map((edits) =>
      edits.reduce((text, [at, cut, put]) => text.slice(0, at) + put + text.slice(at + cut), GOOD),
    );
  const huge = fc.oneof(fc.double(), fc.integer(), fc.constant(null), fc.string());
  const shaped = fc
    .record({
      nextMs: huge,
      proxies: huge,
      ageMs: huge,
      weight: huge,
      inFlight: huge,
      cpu: huge,
      address: fc.oneof(fc.constantFrom(...ADDRESSES), fc.string()),
    })
    .map(({ nextMs, proxies, ageMs, ...endpoint }) =>
      JSON.stringify({ nextMs, proxies, clusters: [{ name: API, ageMs, endpoints: [endpoint] }] }),
    );

  it('leaves the filter in working order', async () => {
    const host = await startClient({ policy: 'actor', model: modelBase64({ scale: 1 }) });
    const answers = fc.oneof(mutated, shaped, fc.json(), fc.string({ unit: 'binary' }), bytes);
    fc.assert(
      fc.property(answers, (answer) => {
        for (let n = 0; n < 700 && host.pendingCalls.length === 0; n++) host.advance(100);
        host.answer(answer);
        serve(host);
      }),
      { ...RUNS, numRuns: 300 },
    );
    for (let n = 0; n < 700 && host.pendingCalls.length === 0; n++) host.advance(100);
    host.answer(GOOD);
    for (const report of reports(host)) expect(report.version).toBe(1);
    expect(serve(host).endpoints).toHaveLength(3);
    expectAlive(host);
  });

  it('with ten thousand endpoints or clusters keeps the memory bounded', async () => {
    const host = await startClient();
    const endpoints = Array.from({ length: 10_000 }, (_, n) => ({ address: `10.${n >> 8}.${n & 255}.1:80` }));
    host.advance(1100);
    host.answer({ clusters: [{ name: API, endpoints }] });
    host.advance(1100);
    host.answer({
      clusters: Array.from({ length: 10_000 }, (_, n) => ({
        name: `c${n}`,
        endpoints: endpoints.slice(0, 1),
      })),
    });
    expectAlive(host, 64 * 1024 * 1024);
    expect(host.reconfigure(clientConfig())).toBe(true);
  });
});
