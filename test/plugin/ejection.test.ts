import { describe, expect, it } from 'vitest';
import {
  A,
  ADDRESSES,
  API,
  B,
  C,
  D,
  choices,
  endpointOf,
  nextReport,
  serve,
  startClient,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const settings = {
  consecutiveErrors: 3,
  baseMs: 1000,
  maxMs: 3000,
  maxShare: 0.5,
  panicShare: 0,
  slowStartMs: 0,
};

/** Sends requests until `address` has served `count` of them with `status`; the others answer 200. */
function serveFrom(host: MockHost, address: string, count: number, status: number): void {
  let left = count;
  for (let tries = 0; left > 0; tries++) {
    if (tries > 5000) throw new Error(`${address} is not chosen`);
    const stream = host.request({}, { cluster: API });
    const [chosen] = stream.endpoints;
    const isIt = chosen === address;
    stream.respond(
      { ':status': isIt ? String(status) : '200' },
      chosen === undefined ? {} : { upstream: chosen },
    );
    stream.finish();
    if (isIt) left--;
  }
}

const isChosen = (host: MockHost, address: string): boolean => choices(host, 100).has(address);

describe('an endpoint that fails', () => {
  it('is ejected by the last of its errors in a row, and no sooner', async () => {
    const host = await startClient({ ejection: settings });
    serveFrom(host, A, 2, 503);
    serveFrom(host, A, 1, 200);
    serveFrom(host, A, 2, 503);
    expect(isChosen(host, A)).toBe(true);
    serveFrom(host, A, 3, 503);
    expect(isChosen(host, A)).toBe(false);
    expect(endpointOf(nextReport(host), A).ejected).toBe(true);
    expect(host.metric('weir.ejections')).toBe(1);
    expect(host.metric('weir.ejected')).toBe(1);
  });

  it('is not in the list of retries either', async () => {
    const host = await startClient({ ejection: settings });
    serveFrom(host, A, 3, 500);
    for (let n = 0; n < 50; n++) expect(serve(host).endpoints).not.toContain(A);
  });

  it('stays out twice as long each time it fails again, up to the longest', async () => {
    const host = await startClient({ ejection: settings });
    serveFrom(host, A, 3, 503);
    for (const out of [1000, 2000, 3000, 3000]) {
      host.advance(out - 1);
      expect(isChosen(host, A)).toBe(false);
      host.advance(2);
      // One error is enough for an endpoint that failed its last trial.
      serveFrom(host, A, 1, 503);
      expect(isChosen(host, A)).toBe(false);
    }
  });

  it('starts over after it has worked again', async () => {
    const host = await startClient({ ejection: { ...settings, slowStartMs: 1 } });
    serveFrom(host, A, 3, 503);
    host.advance(1100);
    serveFrom(host, A, 5, 200);
    serveFrom(host, A, 2, 503);
    expect(isChosen(host, A)).toBe(true);
  });

  it('is not ejected while as many are out as may be', async () => {
    const host = await startClient({ ejection: settings });
    for (const address of [A, B, C]) serveFrom(host, address, 3, 503);
    expect([...choices(host, 200).keys()].sort()).toEqual([C, D]);
  });

  it('by gRPC status UNAVAILABLE is ejected as well', async () => {
    const host = await startClient({ ejection: { ...settings, consecutiveErrors: 1 } });
    const [chosen] = serve(host, { responseHeaders: { 'grpc-status': '14' } }).endpoints;
    expect(isChosen(host, chosen!)).toBe(false);
  });

  it('with client errors stays', async () => {
    const host = await startClient({ ejection: { ...settings, consecutiveErrors: 1 } });
    for (let n = 0; n < 50; n++) serve(host, { status: 404 });
    expect([...choices(host, 200).keys()].sort()).toEqual([...ADDRESSES]);
  });
});

describe('an endpoint that returns', () => {
  it('gets a share of its requests that grows over the slow start', async () => {
    const host = await startClient({ ejection: { ...settings, slowStartMs: 10_000 } });
    serveFrom(host, A, 3, 503);
    host.advance(1001);
    const share = () => (choices(host, 2000).get(A) ?? 0) / 2000;
    // A tenth of a quarter; 2000 requests give a standard deviation of 0.0035, five of them either way.
    expect(share()).toBeGreaterThan(0.025 - 0.0175);
    expect(share()).toBeLessThan(0.025 + 0.0175);
    host.advance(10_000);
    // A quarter, standard deviation 0.0097.
    expect(share()).toBeGreaterThan(0.2);
    expect(share()).toBeLessThan(0.3);
  });
});

describe('panic', () => {
  it('lets every endpoint be chosen when too few are left', async () => {
    const host = await startClient({ ejection: { ...settings, maxShare: 1, panicShare: 0.5 } });
    for (const address of [A, B]) serveFrom(host, address, 3, 503);
    expect([...choices(host, 200).keys()].sort()).toEqual([C, D]);
    serveFrom(host, C, 3, 503);
    expect(choices(host, 200).size).toBe(4);
  });
});

describe('a request that another endpoint served', () => {
  it('is counted, and the dead endpoint is ejected', async () => {
    const host = await startClient({ ejection: settings });
    let misses = 0;
    for (let n = 0; n < 100; n++) {
      const stream = host.request({}, { cluster: API });
      const [first, second] = stream.endpoints;
      if (first === A) misses++;
      stream.respond({}, { upstream: first === A ? second! : first! }).finish();
    }
    expect(misses).toBe(3);
    const report = nextReport(host);
    expect(report.clusters[0]!.servedNotChosen).toBe(3);
    expect(endpointOf(report, A)).toMatchObject({
      served: 0,
      ejected: true,
      inFlight: 0,
      errors: { connect: 3 },
    });
    expect(host.metric('weir.served_not_chosen')).toBe(3);
  });

  it('is counted as well when the endpoint that served is not in the table', async () => {
    const host = await startClient({ ejection: settings });
    const stream = host.request({}, { cluster: API });
    stream.respond({}, { upstream: '10.9.9.9:80' }).finish();
    const report = nextReport(host);
    expect(report.clusters[0]!.servedNotChosen).toBe(1);
    expect(endpointOf(report, stream.endpoints[0]!)).toMatchObject({ inFlight: 0, errors: { connect: 1 } });
  });
});

describe('a response that no endpoint sent', () => {
  it('says nothing of the chosen one unless it is an error', async () => {
    const host = await startClient({ ejection: { ...settings, consecutiveErrors: 1 } });
    for (let n = 0; n < 50; n++) host.request({}, { cluster: API }).respond({ ':status': '403' }).finish();
    expect(choices(host, 200).size).toBe(4);
    const failed = host.request({}, { cluster: API }).respond({ ':status': '503' }).finish().endpoints[0]!;
    expect(isChosen(host, failed)).toBe(false);
  });
});

describe('errors', () => {
  it('are told apart as connect, timeout and 5xx', async () => {
    const host = await startClient({ endpoints: { [API]: [A] } });
    const respond = (status: number, flags = 0) =>
      host
        .request({}, { cluster: API })
        .respond({ ':status': String(status) }, { upstream: A, flags })
        .finish();
    respond(503, 0x20);
    respond(504);
    respond(500);
    respond(503);
    expect(endpointOf(nextReport(host), A).errors).toEqual({ connect: 1, timeout: 1, http5xx: 2 });
    expect(host.metric('weir.errors')).toBe(4);
  });
});
