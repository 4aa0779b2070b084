import { describe, expect, it } from 'vitest';
import {
  A,
  ADDRESSES,
  API,
  B,
  choices,
  clientConfig,
  clusterOf,
  endpointOf,
  modelBase64,
  nextReport,
  reports,
  runAnswered,
  serve,
  startClient,
  sum,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const EWMA = { policy: 'ewma-full', endpoints: { [API]: [A, B] } };

/** One of the two is ten times slower than the other. */
function teach(host: MockHost, slow: string, requests = 60): void {
  for (let n = 0; n < requests; n++) {
    // Two at a time, so that the slow one gets its share.
    const pair = [host.request({}, { cluster: API }), host.request({}, { cluster: API })];
    for (const stream of pair.sort(
      (a, b) => Number(a.endpoints[0] === slow) - Number(b.endpoints[0] === slow),
    )) {
      host.advance(stream.endpoints[0] === slow ? 100 : 10);
      stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    }
  }
}

const shareOf = (host: MockHost, address: string) =>
  (choices(host, 100, { latencyMs: 10 }).get(address) ?? 0) / 100;

describe('a new VM', () => {
  it('favours from its first request on what the one before had learned to favour', async () => {
    const host = await startClient(EWMA);
    teach(host, A);
    runAnswered(host, 1200);
    host.newVm();
    expect(serve(host, { latencyMs: 10 }).endpoints[0]).toBe(B);
    expect(shareOf(host, A)).toBe(0);
  });

  it('does so even when the counts of the old one come before its first request', async () => {
    // Endpoints known from an answer: the configuration names none that would bring the estimates back.
    const host = await startClient({ ...EWMA, endpoints: {} });
    const endpoints = [{ address: A }, { address: B }];
    host.advance(1100);
    host.answer({ clusters: [{ name: API, endpoints }] });
    teach(host, A);
    runAnswered(host, 1200);
    serve(host);
    host.newVm();
    runAnswered(host, 1500);
    expect(shareOf(host, A)).toBe(0);
    expect(shareOf(host, B)).toBe(1);
  });

  it('keeps an endpoint out that was ejected', async () => {
    const ejection = { consecutiveErrors: 1, baseMs: 10_000, maxMs: 60_000 };
    const host = await startClient({ ejection });
    const bad = serve(host, { status: 503 }).endpoints[0]!;
    runAnswered(host, 1200);
    host.newVm();
    expect(choices(host, 100).has(bad)).toBe(false);
    host.advance(10_000);
    expect(choices(host, 300).has(bad)).toBe(true);
  });

  it('starts warm after a clock that was set back', async () => {
    const host = await startClient(EWMA);
    teach(host, A);
    runAnswered(host, 1200);
    host.setClock(-5000);
    host.newVm();
    expect(shareOf(host, A)).toBe(0);
  });

  it('goes on with the numbers and the name of the reports, and no request is lost or counted twice', async () => {
    const host = await startClient();
    runAnswered(host, 2000);
    let sent = 0;
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 10; n++, sent++) serve(host);
      host.newVm();
      runAnswered(host, 1500);
    }
    runAnswered(host, 3000);
    const all = reports(host);
    expect(sum(all.flatMap(({ clusters }) => clusters.map(({ requests }) => requests)))).toBe(sent);
    expect(all.map(({ seq }) => seq)).toEqual(all.map((_, index) => index + 1));
    expect(new Set(all.map(({ proxy }) => proxy)).size).toBe(1);
  });

  it('hands on the counts of a report that failed', async () => {
    const host = await startClient();
    runAnswered(host, 1500);
    for (let n = 0; n < 10; n++) serve(host);
    host.advance(1100);
    host.answer(500);
    host.newVm();
    const before = reports(host).length;
    runAnswered(host, 5000);
    const later = reports(host).slice(before);
    expect(sum(later.flatMap(({ clusters }) => clusters.map(({ requests }) => requests)))).toBe(10);
  });
});

describe('a reload in the same VM', () => {
  it('keeps the estimates', async () => {
    const host = await startClient(EWMA);
    teach(host, A);
    expect(
      host.reconfigure(clientConfig({ ...EWMA, policy: 'actor', model: modelBase64({ temperature: 0.01 }) })),
    ).toBe(true);
    expect(shareOf(host, A)).toBe(0);
  });

  it('keeps requests in flight, which finish on the old configuration', async () => {
    const host = await startClient({ policy: 'actor', model: modelBase64({ seed: 1 }) });
    runAnswered(host, 1000);
    const streams = Array.from({ length: 30 }, () => host.request({}, { cluster: API }));
    const old = nextReport(host).workers[0]!.model;
    host.reconfigure(clientConfig({ policy: 'actor', model: modelBase64({ seed: 2 }) }));
    const during = clusterOf(nextReport(host))!.endpoints;
    expect(sum(during.map(({ inFlight }) => inFlight))).toBe(30);
    for (const stream of streams) stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    const report = nextReport(host);
    expect(report.models).toEqual([expect.objectContaining({ id: old, requests: 30 })]);
    expect(report.workers[0]!.model).not.toBe(old);
    expect(sum(clusterOf(report)!.endpoints.map(({ inFlight }) => inFlight))).toBe(0);
    expect(host.machine().rootContexts()).toHaveLength(1);
  });

  it('shows the new model in the statistics with its first decision', async () => {
    const gauge = (host: MockHost) => [host.metric('weir.model'), host.metric('weir.worker.0.model')];
    const host = await startClient({ policy: 'actor', model: modelBase64({ seed: 1 }) });
    host.advance(200);
    const model = () => parseInt(nextReport(host).workers[0]!.model.slice(0, 8), 16);
    const first = model();
    expect(gauge(host)).toEqual([first, first]);
    host.reconfigure(clientConfig({ policy: 'actor', model: modelBase64({ seed: 2 }) }));
    host.request({}, { cluster: API });
    const at = gauge(host);
    runAnswered(host, 1500);
    const second = model();
    expect(second).not.toBe(first);
    expect(at).toEqual([second, second]);
  });

  it('a hundred times under traffic sends every request somewhere and keeps every count', async () => {
    const host = await startClient();
    runAnswered(host, 1000);
    for (let n = 0; n < 100; n++) {
      const stream = host.request({}, { cluster: API });
      expect(host.reconfigure(clientConfig({ policy: n % 2 === 0 ? 'random' : 'ewma-full' }))).toBe(true);
      expect(serve(host, { latencyMs: 0 }).endpoints).toHaveLength(3);
      stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
      if (n % 10 === 0) runAnswered(host, 1000);
    }
    runAnswered(host, 3000);
    const total = sum(reports(host).flatMap(({ clusters }) => clusters.map(({ requests }) => requests)));
    expect(total).toBe(200);
    expect(host.failures).toEqual([]);
  });
});

describe('a wall clock that jumps', () => {
  it.each([
    ['back an hour', -3_600_000],
    ['forward a day', 86_400_000],
  ])('%s leaves latencies sane and stops nothing', async (_name, by) => {
    const host = await startClient({}, { workers: 2 });
    runAnswered(host, 3000);
    const before = reports(host).length;
    const open = Array.from({ length: 10 }, () => host.request({}, { cluster: API }));
    host.advance(20);
    host.setClock(by);
    host.advance(20);
    for (const stream of open) stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    for (let n = 0; n < 100; n++) {
      expect(serve(host, { worker: n % 2, latencyMs: 20 }).endpoints).toHaveLength(3);
      for (const call of host.pendingCalls) call.answer({});
    }
    runAnswered(host, 8000);
    const later = reports(host).slice(before);
    const bins = later.flatMap(({ clusters }) =>
      clusters.flatMap(({ endpoints }) => endpoints.flatMap(({ latency }) => latency)),
    );
    expect(sum(bins.map(([, count]) => count))).toBe(110);
    // 20 ms are bin 66; 40 ms, the whole wait of those that the jump hit, 74.
    for (const [bin] of bins) expect(bin).toBeLessThanOrEqual(74);
    expect(later.length).toBeGreaterThanOrEqual(8);
    for (const { intervalMs } of later) expect(intervalMs).toBeLessThan(10_000);
    expect(later.at(-1).workers).toHaveLength(2);
    for (const address of ADDRESSES) expect(endpointOf(later.at(-1), address).inFlight).toBe(0);
    expect(host.failures).toEqual([]);
  });
});
