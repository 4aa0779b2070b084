import { createServer, request, type IncomingHttpHeaders } from 'node:http';
import { connect } from 'node:net';
import { hostname } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../e2e/support/eventually.js';
import { LocalServer } from '../../e2e/support/local-server.js';
import { service, start } from './process.js';

interface Answer {
  readonly waitedMs: number;
  readonly workMs: number;
  readonly calls: Readonly<Record<string, Answer>>;
}

const get = async (address: string, path = '/', headers: Record<string, string> = {}) => {
  const answer = await fetch(`http://${address}${path}`, { headers });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as Answer };
};

/** What it reports as ORCA; asked for health, it does no work. */
async function load(address: string, path = '/healthz'): Promise<{ cpu: number; memory: number }> {
  const text = (await get(address, path)).headers.get('endpoint-load-metrics') ?? '';
  const [, cpu, memory] = /^TEXT cpu_utilization=([\d.]+), mem_utilization=([\d.]+)$/.exec(text) ?? [];
  return { cpu: Number(cpu), memory: Number(memory) };
}

/** Sends a request, and resolves when work on it has begun. */
async function begun(address: string, path = '/'): Promise<{ readonly answer: ReturnType<typeof get> }> {
  const answer = get(address, path);
  // Who does not wait for it does not care how it ends.
  answer.catch(() => {});
  await eventually(async () => (await load(address)).cpu > 0);
  return { answer };
}

describe('a service of the example', () => {
  it('says who served, and what the services that it asks said', async () => {
    const ratings = await service({ NAME: 'ratings' });
    const reviews = await service({ NAME: 'reviews-v2', CALLS: ratings.address });
    const details = await service({ NAME: 'details' });
    const page = await service({ NAME: 'productpage', CALLS: `${reviews.address},${details.address}` });
    const leaf = (name: string) => ({ service: name, pod: hostname(), calls: {} });
    const { status, body } = await get(page.address, '/some?query');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      service: 'productpage',
      calls: {
        [reviews.address]: { service: 'reviews-v2', calls: { [ratings.address]: leaf('ratings') } },
        [details.address]: leaf('details'),
      },
    });
  });

  it('works on as many requests as it has slots, and lets the others wait in the order they came', async () => {
    const { address } = await service({ NAME: 'a', WORKERS: '1', MEAN_MS: '50' });
    // Requests that share a connection arrive in the order in which they were written.
    const socket = connect(Number(address.split(':')[1]), '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    let received = '';
    socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
    socket.write('GET / HTTP/1.1\r\nhost: a\r\n\r\n'.repeat(4));
    const waited = await eventually(() => {
      const all = [...received.matchAll(/"waitedMs":(\d+)/g)].map(([, ms]) => Number(ms));
      return all.length === 4 ? all : undefined;
    });
    for (const [place, ms] of waited.entries()) expect(ms).toBeGreaterThanOrEqual(place * 50 - 5);
  });

  it('works on several at a time', async () => {
    const { address } = await service({ NAME: 'a', WORKERS: '2', MEAN_MS: '500' });
    const { answer } = await begun(address, '/heavy');
    const first = Promise.race([answer, get(address)]);
    expect((await first).body.workMs).toBe(500);
  });

  it('works five times as long under /heavy, and asks the same of the others', async () => {
    const below = await service({ NAME: 'b', MEAN_MS: '20' });
    const { address } = await service({ NAME: 'a', MEAN_MS: '10', CALLS: below.address });
    const sentAt = performance.now();
    const { body } = await get(address, '/heavy');
    expect(body.workMs).toBe(50);
    expect(body.calls[below.address]?.workMs).toBe(100);
    // Timers of Node fire up to a millisecond early.
    expect(performance.now() - sentAt).toBeGreaterThan(148);
  });

  it('has the mean that it was given, whatever the spread', async () => {
    const { address } = await service({ NAME: 'a', MEAN_MS: '10', SIGMA: '1', WORKERS: '500' });
    const answers = await Promise.all(Array.from({ length: 500 }, () => get(address)));
    const work = answers.map(({ body }) => body.workMs);
    // Standard error of 500 draws: 10 sqrt(e - 1) / sqrt(500) = 0.59 ms; five of them.
    expect(Math.abs(work.reduce((sum, ms) => sum + ms, 0) / work.length - 10)).toBeLessThan(2.95);
    expect(Math.max(...work)).toBeGreaterThan(30);
    expect(Math.min(...work)).toBeLessThan(3);
  });

  it('passes on what belongs to the trace, and nothing else', async () => {
    let seen: IncomingHttpHeaders = {};
    const callee = await LocalServer.start((incoming, response) => {
      seen = incoming.headers;
      response.end('{}');
    });
    onTestFinished(() => callee.kill());
    const { address } = await service({ NAME: 'a', CALLS: callee.address });
    const trace = {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1',
      baggage: 'cart=7',
      'x-request-id': 'f1',
    };
    await get(address, '/', { ...trace, authorization: 'Bearer secret' });
    expect(seen).toMatchObject(trace);
    expect(seen).not.toHaveProperty('authorization');
    seen = {};
    await get(address);
    expect(seen.host).toBe(callee.address);
    for (const header of Object.keys(trace)) expect(seen).not.toHaveProperty(header);
  });

  it('reports its load as ORCA', async () => {
    const { address } = await service({ NAME: 'a', WORKERS: '1', MEAN_MS: '300' });
    const idle = await load(address);
    expect(idle.cpu).toBeLessThan(0.05);
    expect(idle.memory).toBeGreaterThan(0);
    expect(idle.memory).toBeLessThan(1);
    // 1 - exp(-0.3) after 300 ms on its one slot.
    expect((await load(address, '/')).cpu).toBeGreaterThan(0.2);
  });

  it('fails as often as it is told', async () => {
    const { address } = await service({ NAME: 'a', ERROR_RATE: '1' });
    expect(await get(address)).toMatchObject({ status: 500, body: { service: 'a', error: 'as configured' } });
    expect((await get(address, '/healthz')).status).toBe(200);
    const above = await service({ NAME: 'b', CALLS: address });
    expect(await get(above.address)).toMatchObject({
      status: 502,
      body: { service: 'b', error: `${address} failed`, calls: { [address]: { error: 'HTTP 500' } } },
    });
  });

  it('says why it could not ask', async () => {
    const closed = await LocalServer.start((_incoming, response) => response.end());
    await closed.kill();
    const { address } = await service({ NAME: 'a', CALLS: closed.address });
    expect(await get(address)).toMatchObject({
      status: 502,
      body: { calls: { [closed.address]: { error: 'ECONNREFUSED' } } },
    });
  });

  it('answers what it has taken in after SIGTERM, takes in no more, and ends with 0', async () => {
    const { address, child, ended } = await service({ NAME: 'a', WORKERS: '1', MEAN_MS: '500' });
    const { answer } = await begun(address);
    child.kill('SIGTERM');
    // A connection that it had not accepted when it closed its port is reset.
    await eventually(async () => {
      const error: unknown = await get(address, '/healthz').catch((thrown: unknown) => thrown);
      return ((error as Error).cause as { code?: string } | undefined)?.code === 'ECONNREFUSED';
    });
    const { status, headers } = await answer;
    expect(status).toBe(200);
    expect(headers.get('connection')).toBe('close');
    expect(await ended).toMatchObject({ code: 0, stderr: '' });
  });

  it('drops the work of a client that gave up while it waited', async () => {
    const { address } = await service({ NAME: 'a', WORKERS: '1', MEAN_MS: '1000' });
    const { answer } = await begun(address);
    const gone = request(`http://${address}/`).on('error', () => {});
    gone.end();
    await get(address, '/healthz');
    gone.destroy();
    await answer;
    expect((await get(address)).body.waitedMs).toBeLessThan(500);
  });

  it.each([
    [{ NAME: '' }, 'NAME: expected the name of the service'],
    [{ PORT: '99999' }, 'PORT: expected a whole number from 0 to 65535, got "99999"'],
    [{ PORT: '80.5' }, 'PORT: expected a whole number from 0 to 65535, got "80.5"'],
    [{ MEAN_MS: 'slow' }, 'MEAN_MS: expected a number from 0 to 60000, got "slow"'],
    [{ MEAN_MS: '' }, 'MEAN_MS: expected a number from 0 to 60000, got ""'],
    [{ SIGMA: '-1' }, 'SIGMA: expected a number from 0 to 3, got "-1"'],
    [{ WORKERS: '0' }, 'WORKERS: expected a whole number from 1 to 1000, got "0"'],
    [{ ERROR_RATE: '1.1' }, 'ERROR_RATE: expected a number from 0 to 1, got "1.1"'],
    [{ CALLS: 'b:80,http://c' }, 'CALLS: expected host:port,host:port, got "http://c"'],
  ])('refuses %j in one line', async (env, line) => {
    const { ended } = start('server.mjs', { NAME: 'a', PORT: '0', ...env });
    expect(await ended).toEqual({ code: 2, stderr: `${line}\n` });
  });

  it('refuses a port that is taken in one line', async () => {
    const other = createServer().listen(0);
    onTestFinished(() => void other.close());
    const port = String((other.address() as { port: number }).port);
    const { code, stderr } = await start('server.mjs', { NAME: 'a', PORT: port }).ended;
    expect({ code, stderr }).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^PORT: .*EADDRINUSE.*\n$/),
    });
  });
});
