import { Agent, request, type IncomingMessage } from 'node:http';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import type { Status } from '../../../trainer/server/status-route.js';
import { reportBody } from '../telemetry/reports.js';
import { problemOf, testServer, type TestServer } from './client.js';

let server: TestServer | undefined;
const start = async (...options: Parameters<typeof testServer>) => (server = await testServer(...options));

afterEach(() => server?.close(0));

describe('GET /v1/status', () => {
  it('shows proxies, clusters and models', async () => {
    const { post, url, clock } = await start();
    const workers = [{ id: 'w0', model: 'aa' }];
    const models = [{ id: 'aa', requests: 40, errors: 1, latency: [[32, 40]] }];
    const clusters = { api: { '10.0.0.1:80': { requests: 40, inFlight: 2 } } };
    await post(
      reportBody('p1', 3, clusters, { workers, models, plugin: '0.1.0', policy: 'actor', mode: 'act' }),
    );
    clock.now += 700;
    const status = (await (await fetch(url('/v1/status'))).json()) as Status;
    expect(status).toMatchObject({
      version: '0.1.0',
      uptimeMs: 700,
      lastReportAgeMs: 700,
      reports: { accepted: 1, stale: 0, full: 0 },
      proxies: { count: 1, list: [{ id: 'p1', seq: 3, lastReportAgeMs: 700, policy: 'actor', workers }] },
      clusters: [{ name: 'api', proxies: 1, inFlight: 2, rps: 40, totals: { requests: 40 } }],
      models: [{ id: 'aa', requests: 40, errors: 1, lastReportAgeMs: 700 }],
    });
    expect(status.models[0]!.p99Ms).toBeCloseTo(1.044, 3);
  });
});

describe('the server', () => {
  it('listens on loopback unless told otherwise', async () => {
    const { host } = await start();
    expect(host).toBe('127.0.0.1');
  });

  it('says when its port is taken', async () => {
    const { port } = await start();
    await expect(testServer({ port })).rejects.toThrow('EADDRINUSE');
  });

  it('sends the headers that helmet sets and none that names express', async () => {
    const { url } = await start();
    const { headers } = await fetch(url('/v1/status'));
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.has('x-powered-by')).toBe(false);
  });

  it.each([
    ['GET', '/nothing', 404, null],
    ['GET', '/v1/reports', 405, 'POST'],
    ['DELETE', '/v1/status', 405, 'GET, HEAD'],
    ['GET', '/v1/twin', 404, null],
    ['POST', '/v1/models', 404, null],
    ['POST', '/healthz', 405, 'GET, HEAD'],
  ])('answers %s %s with the problem %i', async (method, path, status, allow) => {
    const { url } = await start();
    const response = await fetch(url(path), { method });
    expect(response.headers.get('allow')).toBe(allow);
    expect((await problemOf(response)).status).toBe(status);
  });

  it('refuses more requests a second than one address may send, but not questions after its health', async () => {
    const { url } = await start({ limits: { read: 2 } });
    // Three windows of a second at most pass in this test; each lets two through.
    const statuses: number[] = [];
    for (let i = 0; i < 20; i++) {
      const response = await fetch(url('/v1/status'));
      statuses.push(response.status);
      if (response.status === 429)
        expect((await problemOf(response)).detail).toContain('more than 2 requests');
    }
    expect(statuses.filter((status) => status === 429).length).toBeGreaterThan(10);
    expect((await fetch(url('/healthz'))).status).toBe(200);
  });

  it('answers its own failure with a bare 500 and logs it', async () => {
    const lines: string[] = [];
    const sink = new Writable({
      write(line: Buffer, _encoding, done) {
        lines.push(line.toString());
        done();
      },
    });
    const view = () => {
      throw new Error('secret');
    };
    const { url } = await start({ services: { twin: { view, errors: () => ({}) } }, log: pino(sink) });
    const problem = await problemOf(await fetch(url('/v1/twin')));
    expect(problem).toMatchObject({ status: 500, detail: 'the trainer failed; its log says why' });
    expect(lines.join('')).toMatch(/"path":"\/v1\/twin","requestId":"[0-9a-f]{8}-1".*|secret/);
  });
});

describe('close', () => {
  const agent = new Agent({ keepAlive: true });
  const send = (port: number, path: string, body?: string) => {
    const headers = {
      'content-type': 'application/json',
      ...(body ? { 'content-length': body.length } : {}),
    };
    return request({ port, agent, path, host: '127.0.0.1', method: body ? 'POST' : 'GET', headers });
  };
  const response = (sent: ReturnType<typeof request>) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      sent.on('response', resolve).on('error', reject);
    });

  it('ends idle keep-alive connections at once and accepts no more', async () => {
    const { port, close } = await start();
    const first = send(port, '/healthz');
    first.end();
    (await response(first)).resume();
    await close(60_000);
    const late = send(port, '/healthz');
    late.end();
    await expect(response(late)).rejects.toThrow();
  });

  it('lets a request under way finish', async () => {
    const { port, close } = await start();
    const body = JSON.stringify(reportBody('p1', 1, {}));
    const slow = send(port, '/v1/reports', body);
    slow.write(body.slice(0, 10));
    // Its connection is up, and the server has read the head, once a later request on another one is answered.
    const other = send(port, '/healthz');
    other.end();
    (await response(other)).resume();
    const closed = close(60_000);
    slow.end(body.slice(10));
    expect((await response(slow)).resume().statusCode).toBe(200);
    await closed;
  });

  it('cuts what does not finish in time, and may be called twice', async () => {
    const { port, close } = await start();
    const hanging = send(port, '/v1/reports', 'x'.repeat(100));
    hanging.write('{');
    const other = send(port, '/healthz');
    other.end();
    (await response(other)).resume();
    const cut = expect(response(hanging)).rejects.toThrow();
    await Promise.all([close(50), close(50)]);
    await cut;
  });
});
