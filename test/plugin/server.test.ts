import { describe, expect, it } from 'vitest';
import { MockHost } from './support/mock-host.js';
import type { MockStream } from './support/mock-stream.js';

const startServer = (changes = {}, workers = 1) =>
  MockHost.start({ config: { role: 'server', ...changes }, workers });

/** Fields of the `x-weir-load` of a response. */
function loadOf(stream: MockStream): Record<string, number> {
  const value = stream.responseHeaders['x-weir-load'] ?? '';
  return Object.fromEntries(
    value.split(';').map((field) => [field.split('=')[0]!, Number(field.split('=')[1])]),
  );
}

describe('the server role', () => {
  it('says how many other requests are in flight, without the one that leaves', async () => {
    const host = await startServer();
    const streams = Array.from({ length: 5 }, () => host.request());
    expect(loadOf(streams[0]!.respond())).toMatchObject({ q: 4, w: 4000 });
    streams[0]!.finish();
    for (const stream of streams.slice(1, 4)) stream.finish();
    expect(loadOf(streams[4]!.respond().finish())).toMatchObject({ q: 0, w: 0 });
  });

  it('says the processing time as a moving average in microseconds', async () => {
    const host = await startServer();
    let last: MockStream | undefined;
    for (let n = 0; n < 50; n++) {
      last = host.request();
      host.advance(20);
      last.respond().finish();
    }
    expect(loadOf(last!)['t']).toBeGreaterThan(19_900);
    expect(loadOf(last!)['t']).toBeLessThan(20_100);
  });

  it('says what a request may expect at the present depth', async () => {
    const host = await startServer();
    // Alone 10 ms, beside three others (which end without a response) 40 ms.
    for (let n = 0; n < 20; n++) {
      const alone = host.request();
      host.advance(10);
      alone.respond().finish();
      const others = [host.request(), host.request(), host.request()];
      const fourth = host.request();
      host.advance(40);
      fourth.respond().finish();
      others.forEach((other) => other.finish());
    }
    expect(loadOf(host.request().respond().finish())['l']).toBeLessThan(11_000);
    for (let n = 0; n < 3; n++) host.request();
    const last = host.request();
    host.advance(40);
    const { l, q } = loadOf(last.respond());
    expect(q).toBe(3);
    expect(l).toBeGreaterThan(39_000);
  });

  it('says the rate of requests', async () => {
    const host = await startServer();
    let last: MockStream | undefined;
    for (let n = 0; n < 500; n++) {
      last = host.request().respond().finish();
      host.advance(10);
    }
    // 100 a second.
    expect(loadOf(last!)['r']! / 1000).toBeGreaterThan(90);
    expect(loadOf(last!)['r']! / 1000).toBeLessThan(110);
  });

  it('weighs a request by what its class has cost', async () => {
    const host = await startServer();
    for (let n = 0; n < 30; n++) {
      const cheap = host.request({ ':path': '/cheap' });
      host.advance(2);
      cheap.respond().finish();
      const dear = host.request({ ':path': '/dear' });
      host.advance(18);
      dear.respond().finish();
    }
    host.request({ ':path': '/dear' });
    const { q, w } = loadOf(host.request({ ':path': '/cheap' }).respond());
    expect(q).toBe(1);
    // 18 of a mean of 10.
    expect(w).toBeGreaterThan(1500);
    expect(w).toBeLessThan(2100);
  });

  it('says the utilisation that the application reports, on later responses too', async () => {
    const host = await startServer();
    const first = host
      .request()
      .respond({ 'endpoint-load-metrics': 'TEXT cpu_utilization=0.42, mem_utilization=0.61' });
    expect(loadOf(first.finish())).toMatchObject({ c: 420, m: 610 });
    expect(loadOf(host.request().respond().finish())).toMatchObject({ c: 420, m: 610 });
  });

  it('says no utilisation while nobody has reported one', async () => {
    const host = await startServer();
    expect(Object.keys(loadOf(host.request().respond())).sort()).toEqual(['q', 'r', 't', 'w']);
  });

  it('overwrites a load that the application sent', async () => {
    const host = await startServer();
    const stream = host.request().respond({ 'x-weir-load': 'q=77;c=999' });
    expect(loadOf(stream)['q']).toBe(0);
    expect(loadOf(stream)).not.toHaveProperty('c');
  });

  it('removes what a client sent as x-weir- headers', async () => {
    const host = await startServer();
    const { requestHeaders } = host.request({ 'x-weir-endpoint': '6.6.6.6:6', 'x-weir-foo': '1' });
    expect(Object.keys(requestHeaders).filter((name) => name.startsWith('x-weir-'))).toEqual([]);
  });

  it('does not take an interim response for the response', async () => {
    const host = await startServer();
    const stream = host.request();
    stream.respond({ ':status': '100' });
    expect(stream.responseHeaders).not.toHaveProperty('x-weir-load');
    expect(stream.respond().responseHeaders).toHaveProperty('x-weir-load');
  });

  it('forgets a request that never got a response', async () => {
    const host = await startServer();
    host.request().finish();
    expect(loadOf(host.request().respond())['q']).toBe(0);
  });

  it('says nothing while it is off', async () => {
    const host = await startServer({ mode: 'off' });
    expect(host.request().respond().finish().responseHeaders).toEqual({ ':status': '200' });
  });
});

describe('a probe', () => {
  it('is answered with 204 and the load, and counts as no request', async () => {
    const host = await startServer();
    host.request();
    const probe = host.request({ ':path': '/.well-known/weir/probe' });
    expect(probe.localReply!.status).toBe(204);
    expect(Object.fromEntries(probe.localReply!.headers)['x-weir-load']).toMatch(/^q=1;w=1000;r=\d+$/);
    probe.finish();
    expect(loadOf(host.request().respond())['q']).toBe(1);
  });

  it('goes to the application while the filter is off', async () => {
    const host = await startServer({ mode: 'off' });
    expect(host.request({ ':path': '/.well-known/weir/probe' }).localReply).toBeUndefined();
  });
});

describe('several workers of a server', () => {
  it('say what all of them have in flight', async () => {
    const host = await startServer({}, 3);
    host.advance(2000);
    for (let n = 0; n < 9; n++) host.request({}, { worker: n % 3 });
    host.advance(200);
    expect(loadOf(host.request({}, { worker: 0 }).respond())).toMatchObject({ q: 9, w: 9000 });
  });
});

describe('both roles in one VM', () => {
  it('keep to themselves', async () => {
    const host = await MockHost.start({
      config: { role: 'client', policy: 'random', endpoints: { api: ['10.0.0.1:80'] } },
    });
    expect(host.machine().configure('server', JSON.stringify({ role: 'server' }), 'weir')).toBe(true);
    const stream = host.machine().openStream('server', () => undefined);
    const headers = new (await import('../../trainer/mesh/embedded/vm/header-map.js')).HeaderMap([
      [':path', '/'],
    ]);
    stream.requestHeaders(headers, true);
    expect(headers.get('x-weir-endpoint')).toBeUndefined();
    expect(host.request({}, { cluster: 'api' }).endpoints).toEqual(['10.0.0.1:80']);
    stream.finish();
    expect(host.failures).toEqual([]);
  });
});
