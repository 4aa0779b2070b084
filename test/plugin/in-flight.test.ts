import { describe, expect, it } from 'vitest';
import {
  A,
  API,
  B,
  endpointOf,
  modelBase64,
  nextReport,
  runAnswered,
  startClient,
  sum,
} from './support/fixtures.js';
import type { MockHost } from './support/mock-host.js';
import type { MockStream } from './support/mock-stream.js';
import type { Report } from '../../trainer/telemetry/report.js';

const inFlight = (report: Report) => sum(report.clusters[0]!.endpoints.map((endpoint) => endpoint.inFlight));

const open = (host: MockHost, count: number): MockStream[] =>
  Array.from({ length: count }, () => host.request({}, { cluster: API }));

describe('requests in flight', () => {
  it.each<[string, (stream: MockStream) => void]>([
    ['a response', (stream) => stream.respond({}, { upstream: stream.endpoints[0]! }).finish()],
    ['a reset before any response', (stream) => stream.finish()],
    [
      'a response of another endpoint',
      (stream) => stream.respond({}, { upstream: stream.endpoints[1]! }).finish(),
    ],
    ['a response of a stranger', (stream) => stream.respond({}, { upstream: '10.9.9.9:1' }).finish()],
    ['an answer by Envoy itself', (stream) => stream.respond({ ':status': '503' }).finish()],
    ['an interim response alone', (stream) => stream.respond({ ':status': '100' }).finish()],
  ])('are none again after %s', async (_name, end) => {
    const host = await startClient({ policy: 'actor', model: modelBase64() });
    runAnswered(host, 1000);
    const streams = open(host, 40);
    expect(inFlight(nextReport(host))).toBe(40);
    streams.forEach(end);
    expect(inFlight(nextReport(host))).toBe(0);
  });

  it('are none again where the host deletes a stream without logging it', async () => {
    const host = await startClient();
    const root = host.machine().rootContexts()[0]!;
    const streams = open(host, 3);
    for (const stream of streams) {
      const { id } = (stream as unknown as { stream: { id: number } }).stream;
      host.machine().invoke(root, 'proxy_on_delete', id);
    }
    expect(inFlight(nextReport(host))).toBe(0);
  });

  it('of 5,000 streams at a time are all counted and all forgotten', async () => {
    const host = await startClient({ policy: 'least-request-full' });
    runAnswered(host, 1000);
    const streams = open(host, 5000);
    const report = nextReport(host);
    // Every decision takes the least loaded one: the four are level.
    for (const endpoint of report.clusters[0]!.endpoints) expect(endpoint.inFlight).toBe(1250);
    // In an order of their own, so that the index of streams is full of holes.
    streams.sort(
      (a, b) => Number(a.endpoints[0]! > b.endpoints[0]!) - Number(a.endpoints[0]! < b.endpoints[0]!),
    );
    for (const stream of streams) stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    expect(inFlight(nextReport(host))).toBe(0);
    expect(host.failures).toEqual([]);
  });
});

describe('a client that gives up', () => {
  it('leaves a trace on the endpoint that made it wait longer than usual', async () => {
    const host = await startClient({ policy: 'ewma-full', endpoints: { [API]: [A, B] } });
    for (let n = 0; n < 20; n++) {
      const stream = host.request({}, { cluster: API });
      host.advance(5);
      stream.respond({}, { upstream: stream.endpoints[0]! }).finish();
    }
    // Whoever is chosen first hangs until its client has had enough.
    const hung = host.request({}, { cluster: API });
    host.advance(5000);
    hung.finish();
    const next = Array.from({ length: 20 }, () => {
      const stream = host.request({}, { cluster: API });
      host.advance(5);
      return stream.respond({}, { upstream: stream.endpoints[0]! }).finish().endpoints[0];
    });
    expect(next).not.toContain(hung.endpoints[0]);
    expect(endpointOf(nextReport(host), hung.endpoints[0]!).inFlight).toBe(0);
  });
});
