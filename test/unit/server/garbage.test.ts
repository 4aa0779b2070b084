// Whatever is sent, the trainer answers, and never with its own failure.
import { connect } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { garbage } from '../../../bench/trainer/garbage.js';
import { reportBody } from '../telemetry/reports.js';
import { problemOf, testServer, type TestServer } from './client.js';

let server: TestServer;

beforeAll(async () => {
  server = await testServer({ requestTimeoutMs: 300 });
});
afterAll(() => server.close());

/** Sends bytes as they are and gives all that comes back until the server closes the connection. */
function raw(bytes: string | Uint8Array): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(server.port, '127.0.0.1');
    let answer = '';
    socket.on('data', (data) => (answer += data.toString('latin1')));
    socket.on('error', () => undefined);
    socket.on('close', () => {
      resolve(answer);
    });
    socket.write(bytes);
  });
}

async function expectRefused(response: Response): Promise<void> {
  const { status } = await problemOf(response);
  expect(status).toBeGreaterThanOrEqual(400);
  expect(status).toBeLessThan(500);
}

describe('garbage', () => {
  it('of any bytes is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await expectRefused(await server.post(bytes));
      }),
      { numRuns: 100 },
    );
  });

  it('of any JSON is refused', async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), async (json) => {
        await expectRefused(await server.post(json));
      }),
      { numRuns: 100 },
    );
  });

  it('in any one field of a report gets an answer that is no 5xx', async () => {
    const fields = [
      'version',
      'proxy',
      'seq',
      'intervalMs',
      'workers',
      'models',
      'clusters',
      'samples',
      'counters',
    ];
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...fields), fc.jsonValue(), async (field, value) => {
        const response = await server.post({ ...reportBody('p', 1, { api: { a: {} } }), [field]: value });
        if (response.status !== 200) await expectRefused(response);
        else await response.arrayBuffer();
      }),
      { numRuns: 150 },
    );
  });

  it('in the path or the headers is refused', async () => {
    for (const path of ['/%ff', '/v1/%00', '/..%2f..%2fetc/passwd', `/${'x'.repeat(4000)}`, '/__proto__']) {
      await expectRefused(await fetch(server.url(path)));
    }
    await expectRefused(await fetch(server.url('/v1/status'), { headers: { 'x-long': 'x'.repeat(20_000) } }));
  });

  it('that is not HTTP is answered with a problem and a closed connection', async () => {
    expect(await raw('\x16\x03\x01 hello\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 [^]*application\/problem\+json[^]*"status":400/,
    );
    expect(await raw('POST /v1/reports HTTP/1.1\r\nhost: a\r\ncontent-length: -1\r\n\r\n')).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  it('that never ends is cut off', async () => {
    const head =
      'POST /v1/reports HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{';
    expect(await raw(head)).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('of thousands of bodies is answered 400 each, while good reports among them are taken', async () => {
    const own = await testServer();
    const statuses = new Map<number, number>();
    const one = async (n: number) => {
      const good = JSON.stringify(
        reportBody(`p${n % 7}`, n, { api: { a: { requests: 1, latency: [[40, 1]] } } }),
      );
      const response = await own.post(n % 10 === 0 ? good : garbage(n, good));
      await response.arrayBuffer();
      statuses.set(response.status, (statuses.get(response.status) ?? 0) + 1);
    };
    for (let n = 0; n < 3000; n += 50) await Promise.all(Array.from({ length: 50 }, (_, i) => one(n + i)));
    expect([...statuses].sort()).toEqual([
      [200, 300],
      [400, 2700],
    ]);
    // Nothing of the garbage is kept.
    expect(own.fleet.size(own.clock.now)).toMatchObject({ proxies: 7, clusters: 1, endpoints: 1 });
    await own.close();
  });

  it('leaves the trainer well', async () => {
    expect((await fetch(server.url('/healthz'))).status).toBe(200);
    expect((await server.post(reportBody('p', 99, {}))).status).toBe(200);
  });
});
