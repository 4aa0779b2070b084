import { describe, expect, it } from 'vitest';
import {
  A,
  API,
  B,
  choices,
  clusterOf,
  modelBase64,
  nextReport,
  reportCalls,
  reports,
  runAnswered,
  serve,
  startClient,
  sum,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';

const totalOf = (host: MockHost) =>
  sum(reports(host).flatMap(({ clusters }) => clusters.map(({ requests }) => requests)));

async function startWorkers(workers: number, changes = {}): Promise<MockHost> {
  const host = await startClient(changes, { workers });
  runAnswered(host, 2000);
  return host;
}

describe('the workers of one Envoy', () => {
  it('send one report an interval, which names all of them with ids of their own', async () => {
    const host = await startWorkers(3);
    const before = reportCalls(host).length;
    runAnswered(host, 10_000);
    const calls = reportCalls(host).slice(before);
    expect(new Set(calls.map(({ worker }) => worker)).size).toBe(1);
    expect(calls.length).toBeGreaterThanOrEqual(9);
    expect(calls.length).toBeLessThanOrEqual(10);
    const { workers } = reports(host).at(-1);
    expect(new Set(workers.map(({ id }) => id)).size).toBe(3);
  });

  it('draw random numbers of their own, even when they start in the same nanosecond', async () => {
    const host = await startWorkers(2);
    const list = (worker: number) =>
      Array.from({ length: 20 }, () => serve(host, { worker, latencyMs: 0 }).endpoints[0]);
    expect(list(0)).not.toEqual(list(1));
  });

  it('have the counts of all of them in the reports, each once', async () => {
    const host = await startWorkers(3);
    const served = () =>
      sum(
        reports(host).flatMap(({ clusters }) =>
          clusters.flatMap(({ endpoints }) => endpoints.map((endpoint) => endpoint.served)),
        ),
      );
    for (let n = 0; n < 300; n++) {
      serve(host, { worker: n % 3, latencyMs: 10 });
      if (n % 10 === 0) runAnswered(host, 1);
    }
    runAnswered(host, 3000);
    expect(totalOf(host)).toBe(300);
    expect(served()).toBe(300);
    expect(host.metric('weir.requests')).toBe(300);
    const chosen = [...Array(4).keys()].map((index) =>
      host.metric(`weir.chosen.${API}.10.0.0.${index + 1}:80`),
    );
    expect(sum(chosen)).toBe(300);
  });

  it('have the models and records of all of them in the reports', async () => {
    const host = await startWorkers(2, { policy: 'actor', model: modelBase64() });
    for (let n = 0; n < 40; n++) serve(host, { worker: 1, latencyMs: 20 });
    runAnswered(host, 2000);
    const later = reports(host);
    expect(sum(later.flatMap(({ models }) => models.map(({ requests }) => requests)))).toBe(40);
    expect(sum(later.map(({ samples }) => samples.length))).toBeGreaterThan(5);
  });

  it('lose no count of a failed report', async () => {
    const host = await startWorkers(2);
    for (let n = 0; n < 20; n++) serve(host, { worker: n % 2, latencyMs: 0 });
    host.advance(1500);
    host.answer(500);
    const failed = totalOf(host);
    expect(failed).toBeGreaterThan(0);
    runAnswered(host, 3000);
    expect(totalOf(host) - failed).toBe(20);
  });

  it('elect another one to report when the leader is gone', async () => {
    const host = await startWorkers(2);
    const leader = reportCalls(host).at(-1).worker;
    host.machine(leader).close();
    const before = reports(host).at(-1);
    serve(host, { worker: 1 - leader });
    const report = nextReport(host);
    expect(reportCalls(host).at(-1).worker).toBe(1 - leader);
    expect(report.seq).toBe(before.seq + 1);
    expect(report.proxy).toBe(before.proxy);
    expect(clusterOf(report)!.requests).toBe(1);
    expect(report.workers).toHaveLength(1);
  });

  it('elect another one when the leader falls silent without a word', async () => {
    const host = await startWorkers(2);
    const leader = reportCalls(host).at(-1).worker;
    // A root whose ticks never come again: as good as a thread that hangs.
    host.machine(leader).rootContexts()[0]!.setTickPeriod(0);
    host.advance(4000);
    const before = reportCalls(host).length;
    runAnswered(host, 3000);
    const later = reportCalls(host).slice(before);
    expect(later.length).toBeGreaterThan(1);
    for (const { worker } of later) expect(worker).toBe(1 - leader);
  });

  it('see what the others have in flight', async () => {
    const host = await startWorkers(2, { policy: 'ewma-full', endpoints: { [API]: [A, B] } });
    const busy = host.request({}, { cluster: API, worker: 0 }).endpoints[0]!;
    for (let n = 0; n < 9; n++) host.request({}, { cluster: API, worker: 0 });
    // Half of them wait at each: the one with more is avoided by the other worker.
    const extra = host.request({}, { cluster: API, worker: 0 }).endpoints[0]!;
    host.advance(200);
    expect([A, B]).toContain(busy);
    expect(host.request({}, { cluster: API, worker: 1 }).endpoints[0]).not.toBe(extra);
    const { endpoints } = clusterOf(nextReport(host))!;
    expect(sum(endpoints.map(({ inFlight }) => inFlight))).toBe(12);
  });

  it('forget what a worker had in flight once another takes its place', async () => {
    const host = await startWorkers(2);
    for (let n = 0; n < 5; n++) host.request({}, { cluster: API, worker: 1 });
    host.advance(300);
    host.machine(1).rootContexts()[0]!.setTickPeriod(0);
    runAnswered(host, 5000);
    host.addWorker();
    runAnswered(host, 3000);
    const { endpoints } = clusterOf(nextReport(host))!;
    expect(sum(endpoints.map(({ inFlight }) => inFlight))).toBe(0);
  });

  it('all take the endpoints of an answer', async () => {
    const host = await startWorkers(3);
    host.advance(1100);
    host.answer({ clusters: [{ name: API, endpoints: [{ address: '10.0.0.9:80' }] }] });
    host.advance(200);
    for (const worker of [0, 1, 2]) {
      expect([...choices(host, 20, { worker }).keys()]).toEqual(['10.0.0.9:80']);
    }
  });

  it('that come later take them too', async () => {
    const host = await startWorkers(1);
    host.advance(1100);
    host.answer({ clusters: [{ name: API, endpoints: [{ address: '10.0.0.9:80' }] }] });
    const worker = host.addWorker();
    host.advance(200);
    expect([...choices(host, 20, { worker }).keys()]).toEqual(['10.0.0.9:80']);
  });

  it('learn of endpoints from the traffic of the leader and of the others without losing the search for more', async () => {
    const host = await startWorkers(2, { endpoints: {} });
    serve(host, { worker: 1, upstream: A });
    runAnswered(host, 3000);
    let unsteered = 0;
    for (let n = 0; n < 400; n++)
      unsteered += serve(host, { worker: 0, latencyMs: 0, upstream: A }).endpoints.length === 0 ? 1 : 0;
    // Eight until the search is over, then binomial: mean 24.5, standard deviation 4.8.
    expect(unsteered).toBeGreaterThan(13);
    expect(unsteered).toBeLessThan(52);
  });
});
