import { describe, expect, it } from 'vitest';
import { Status } from '../../trainer/mesh/embedded/vm/abi.js';
import {
  ADDRESSES,
  API,
  choices,
  clientConfig,
  clusterOf,
  nextReport,
  reportCalls,
  reports,
  serve,
  startClient,
  sum,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const requestsOf = (host: MockHost) =>
  sum(reports(host).flatMap(({ clusters }) => clusters.map(({ requests }) => requests)));

async function started(): Promise<MockHost> {
  const host = await startClient();
  nextReport(host);
  return host;
}

/** Runs until the next report waits for its answer. */
function untilPending(host: MockHost): void {
  for (let n = 0; n < 100 && host.pendingCalls.length === 0; n++) host.advance(50);
}

describe('a report that fails', () => {
  const failures: [string, (host: MockHost) => void][] = [
    ['with a status', (host) => host.answer(503)],
    ['with a broken connection', (host) => host.failCall()],
  ];

  it.each(failures)('%s is counted, and its counts are in the next one', async (_name, fail) => {
    const host = await started();
    for (let n = 0; n < 7; n++) serve(host);
    untilPending(host);
    fail(host);
    for (let n = 0; n < 5; n++) serve(host);
    const report = nextReport(host);
    expect(clusterOf(report)!.requests).toBe(12);
    expect(sum(clusterOf(report)!.endpoints.map(({ served }) => served))).toBe(12);
    expect(report.counters['reportFailures']).toBe(1);
    expect(clusterOf(nextReport(host))!.requests).toBe(0);
    expect(host.metric('weir.report_failures')).toBe(1);
    const chosen = ADDRESSES.map((address) => host.metric(`weir.chosen.${API}.${address}`));
    expect(sum(chosen)).toBe(12);
  });

  it('because the host refuses the call is counted, and its counts are in the next one', async () => {
    const host = await started();
    host.httpCallStatus = Status.BAD_ARGUMENT;
    serve(host);
    host.advance(2500);
    host.httpCallStatus = Status.OK;
    const report = nextReport(host);
    expect(clusterOf(report)!.requests).toBe(1);
    expect(report.counters['reportFailures']).toBeGreaterThan(0);
  });

  it('many times in a row loses nothing', async () => {
    const host = await started();
    for (let n = 0; n < 10; n++) {
      serve(host);
      untilPending(host);
      host.answer(500);
    }
    expect(clusterOf(nextReport(host))!.requests).toBe(10);
  });

  it('does not eject again who has returned meanwhile, nor turn back what its server said', async () => {
    const ejection = { consecutiveErrors: 1, baseMs: 1000, slowStartMs: 0 };
    const host = await startClient({ ejection });
    nextReport(host);
    const responseHeaders = { 'x-weir-load': 'q=5' };
    for (let n = 0; n < 20; n++) serve(host, { latencyMs: 0, responseHeaders });
    host.advance(900);
    const bad = serve(host, { latencyMs: 0, status: 503 }).endpoints[0]!;
    untilPending(host);
    host.advance(1500);
    for (let n = 0; n < 40; n++) serve(host, { latencyMs: 0, responseHeaders: { 'x-weir-load': 'q=1' } });
    host.answer(503);
    const report = nextReport(host);
    for (const { server, ejected } of clusterOf(report)!.endpoints) {
      expect(ejected).toBe(false);
      expect(server).toMatchObject({ inFlight: 1 });
    }
    expect(choices(host, 100).has(bad)).toBe(true);
  });

  it('because a reload took its context away does not stop the reports', async () => {
    const host = await started();
    serve(host);
    untilPending(host);
    expect(host.reconfigure(clientConfig({ policy: 'round-robin' }))).toBe(true);
    const before = reportCalls(host).length;
    host.advance(2000);
    expect(reportCalls(host).length).toBeGreaterThan(before);
  });
});

describe('a slow answer', () => {
  it('holds the next report back, and nothing else', async () => {
    const host = await started();
    untilPending(host);
    const before = reportCalls(host).length;
    for (let n = 0; n < 40; n++) {
      expect(serve(host, { latencyMs: 100 }).endpoints).toHaveLength(3);
    }
    expect(reportCalls(host)).toHaveLength(before);
    host.answer({});
    expect(clusterOf(nextReport(host))!.requests).toBe(40);
  });

  it('that never comes is given up', async () => {
    const host = await started();
    serve(host);
    untilPending(host);
    const before = reportCalls(host).length;
    host.advance(17_000);
    expect(reportCalls(host).length).toBe(before + 1);
    expect(clusterOf(reports(host).at(-1))!.requests).toBe(1);
  });
});

describe('an answer that is garbage', () => {
  const endpoints = [{ address: '10.0.0.9:80' }];
  const garbage: [string, string | object][] = [
    ['no JSON', 'hello'],
    ['nothing', ''],
    ['cut', JSON.stringify({ clusters: [{ name: API, endpoints }] }).slice(0, -3)],
    ['of a wrong type', { clusters: 3 }],
    [
      'with a wrong type deep within',
      { clusters: [{ name: API, endpoints: [...endpoints, { address: 5 }] }] },
    ],
    ['with a cluster without a name', { clusters: [{ endpoints }] }],
    [
      'with an address that would split the list',
      { clusters: [{ name: API, endpoints: [{ address: '1.1.1.1:1,2.2.2.2:2' }] }] },
    ],
    ['with something behind it', `${JSON.stringify({ clusters: [{ name: API, endpoints }] })} x`],
    ['nested too deep', `{"x":${'['.repeat(100)}${']'.repeat(100)}}`],
    ['larger than a mebibyte', `{"x":"${'x'.repeat(1_100_000)}","clusters":[]}`],
  ];

  it.each(garbage)('(%s) changes nothing and is counted', async (_name, answer) => {
    const host = await started();
    serve(host);
    untilPending(host);
    host.answer(answer);
    expect([...choices(host, 100).keys()].sort()).toEqual([...ADDRESSES]);
    const report = nextReport(host);
    expect(report.counters['badAnswers']).toBe(1);
    // The report itself arrived.
    expect(clusterOf(report)!.requests).toBe(100);
    expect(host.metric('weir.bad_answers')).toBe(1);
    expect(requestsOf(host)).toBe(101);
  });

  it('may hold unknown keys and still be good', async () => {
    const host = await started();
    untilPending(host);
    host.answer({
      extra: { deep: [1, 'x', null, true] },
      clusters: [{ name: API, x: 1, endpoints: [{ ...endpoints[0], zone: 'a' }] }],
    });
    expect([...choices(host, 20).keys()]).toEqual(['10.0.0.9:80']);
  });
});
