import { describe, expect, it } from 'vitest';
import {
  A,
  ADDRESSES,
  API,
  B,
  C,
  D,
  choices,
  clientConfig,
  clusterOf,
  nextReport,
  reportCalls,
  runAnswered,
  serve,
  startClient,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const addressesOf = (host: MockHost, requests = 100) => [...choices(host, requests).keys()].sort();

/** Runs until a report waits, and answers it. */
function answerReport(host: MockHost, answer: object): void {
  host.advance(1100);
  host.answer(answer);
}

const table = (...addresses: string[]) => ({
  clusters: [{ name: API, ageMs: 5, endpoints: addresses.map((address) => ({ address, inFlight: 0 })) }],
});

describe('endpoints of an answer', () => {
  it('replace those of the configuration', async () => {
    const host = await startClient();
    answerReport(host, table(A, '10.0.0.9:80'));
    expect(addressesOf(host)).toEqual([A, '10.0.0.9:80']);
  });

  it('make a cluster known that the configuration does not name', async () => {
    const host = await startClient({ endpoints: {} });
    expect(serve(host, { upstream: A }).endpoints).toEqual([]);
    answerReport(host, table(A, B));
    expect(addressesOf(host)).toEqual([A, B]);
  });

  it('stay as they were where the answer has an empty list', async () => {
    const host = await startClient();
    answerReport(host, table());
    expect(addressesOf(host)).toEqual([...ADDRESSES]);
  });

  it('are steered by their weights with weighted-round-robin', async () => {
    const host = await startClient({ policy: 'weighted-round-robin' });
    const endpoints = [
      { address: A, weight: 3 },
      { address: B, weight: 1 },
    ];
    answerReport(host, { clusters: [{ name: API, endpoints }] });
    const counts = choices(host, 400);
    expect(counts.get(A)).toBeGreaterThanOrEqual(299);
    expect(counts.get(A)).toBeLessThanOrEqual(301);
  });

  it('may leave and come back while a request is in flight, and are still reported once', async () => {
    const host = await startClient();
    const streams = Array.from({ length: 20 }, () => host.request({}, { cluster: API }));
    answerReport(host, table(B));
    answerReport(host, table(A, B));
    for (const stream of streams) stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    choices(host, 50);
    const names = clusterOf(nextReport(host))!.endpoints.map(({ address }) => address);
    expect(names).toContain(A);
    expect(new Set(names).size).toBe(names.length);
  });

  it('set the interval of the next reports', async () => {
    const host = await startClient();
    nextReport(host);
    answerReport(host, { nextMs: 3000 });
    const before = reportCalls(host).length;
    host.advance(2500);
    expect(reportCalls(host)).toHaveLength(before);
    host.advance(1000);
    expect(reportCalls(host)).toHaveLength(before + 1);
  });
});

describe('endpoints of the configuration', () => {
  it('are weighted', async () => {
    const endpoints = { [API]: [{ address: A, weight: 9 }, B] };
    const host = await startClient({ policy: 'weighted-round-robin', endpoints });
    expect(choices(host, 100).get(A)).toBe(90);
  });

  it('leave with the configuration that named them', async () => {
    const host = await startClient();
    expect(host.reconfigure(clientConfig({ endpoints: { [API]: [B, C] } }))).toBe(true);
    expect(addressesOf(host)).toEqual([B, C]);
  });

  it('that take the slot of another one do not inherit its counts', async () => {
    const host = await startClient({ endpoints: { [API]: [A] } });
    runAnswered(host, 200);
    for (let n = 0; n < 10; n++) serve(host);
    for (const address of [B, C]) host.reconfigure(clientConfig({ endpoints: { [API]: [address] } }));
    const endpoint = clusterOf(nextReport(host))!.endpoints.find(({ address }) => address === C);
    expect(endpoint).toMatchObject({ chosen: 0, served: 0, latency: [] });
  });

  it('are not brought back by the counts of a failed report', async () => {
    const host = await startClient();
    runAnswered(host, 200);
    choices(host, 50);
    host.reconfigure(clientConfig({ endpoints: { [API]: [B, C] } }));
    host.advance(1000);
    host.answer(503);
    runAnswered(host, 1200);
    expect(addressesOf(host)).toEqual([B, C]);
  });

  it('are not brought back by the counts of a worker', async () => {
    const host = await startClient({}, { workers: 2 });
    host.advance(1500);
    const stream = host.request({}, { cluster: API, worker: 1 });
    const rest = ADDRESSES.filter((address) => address !== stream.endpoints[0]);
    host.reconfigure(clientConfig({ endpoints: { [API]: rest } }));
    stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    runAnswered(host, 3000);
    expect(addressesOf(host)).toEqual(rest);
  });

  it('are left to traffic when a later configuration is silent about their cluster', async () => {
    const host = await startClient();
    host.reconfigure(clientConfig({ endpoints: {} }));
    for (let n = 0; n < 400; n++) serve(host, { upstream: '10.0.0.9:80' });
    expect(addressesOf(host, 400)).toContain('10.0.0.9:80');
  });
});

describe('endpoints of traffic', () => {
  it('are learned from who served, while about a sixteenth of the requests stays with Envoy', async () => {
    const host = await startClient({ endpoints: {}, report: { cluster: 'trainer' } });
    let turn = 0;
    let unsteered = 0;
    const requests = 1600;
    for (let n = 0; n < requests; n++) {
      const stream = host.request({}, { cluster: API });
      if (stream.endpoints.length === 0) unsteered++;
      const upstream = stream.endpoints[0] ?? ADDRESSES[turn++ % 4]!;
      stream.respond({}, { upstream }).finish();
    }
    // Binomial with p = 1/16: 100 of 1600, standard deviation 9.7; five of them either way.
    expect(unsteered).toBeGreaterThan(51);
    expect(unsteered).toBeLessThan(149);
    expect(addressesOf(host, 400).filter((address) => address !== 'none')).toEqual([A, B, C, D]);
  });

  it('leave after three ejections in a row', async () => {
    const ejection = { consecutiveErrors: 1, baseMs: 10, maxMs: 10, maxShare: 1, slowStartMs: 0 };
    const host = await startClient({ endpoints: {}, ejection });
    for (const upstream of [A, B, C])
      while (!addressesOf(host, 20).includes(upstream)) serve(host, { upstream });
    for (let n = 0; n < 400; n++) {
      const stream = host.request({}, { cluster: API });
      const upstream = stream.endpoints[0] ?? B;
      host.advance(1);
      stream.respond({ ':status': upstream === A ? '503' : '200' }, { upstream }).finish();
    }
    expect(addressesOf(host, 200)).not.toContain(A);
    // Nor do the counts of a report that got lost bring it back.
    host.failCall();
    nextReport(host);
    expect(addressesOf(host, 200)).not.toContain(A);
  });
});
