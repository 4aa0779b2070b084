import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Forwarder, type ForwarderLimits } from '../../../../trainer/telemetry/traces/forwarder.js';
import { decodeProtobuf } from '../../../../trainer/telemetry/traces/otlp/decode-protobuf.js';
import { span } from '../graph/spans.js';

const log = pino({ level: 'silent' });
const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

/** A collector that keeps the names of the spans it took. */
async function collector(answer: (response: ServerResponse, request: number) => number) {
  const names: string[] = [];
  let requests = 0;
  const server: Server = createServer((request: IncomingMessage, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.statusCode = answer(response, ++requests);
      if (response.statusCode === 200) {
        const [first] = decodeProtobuf(Buffer.concat(chunks), () => true);
        names.push(...(first?.spans ?? []).map(({ name }) => name));
      }
      response.end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closing.push(() => server.close());
  const { port } = server.address() as AddressInfo;
  return { names, url: `http://127.0.0.1:${port}/v1/traces`, requests: () => requests };
}

function forwarder(url: string, limits: Partial<ForwarderLimits> = {}) {
  const made = new Forwarder({ url, log, limits: { flushMs: 10, retryMs: 5, ...limits } });
  closing.push(() => made.close());
  return made;
}

const spans = (count: number, name = 'a') =>
  Array.from({ length: count }, (_, i) =>
    span({ spanId: (i + 1).toString(16).padStart(16, '0'), service: 'web', kind: 'server', name }),
  );

describe('the forwarder', () => {
  it('sends on what it takes, in batches', async () => {
    const sink = await collector(() => 200);
    const sender = forwarder(sink.url, { batchSpans: 10 });
    sender.take(spans(25));
    await vi.waitFor(() => expect(sink.names).toHaveLength(25));
    expect([sender.sent, sender.dropped, sink.requests()]).toEqual([25, 0, 3]);
  });

  it('tries again where the collector is busy', async () => {
    const sink = await collector((_response, request) => (request < 3 ? 503 : 200));
    const sender = forwarder(sink.url);
    sender.take(spans(2));
    await vi.waitFor(() => expect(sender.sent).toBe(2));
    expect(sink.requests()).toBe(3);
  });

  it('gives up what the collector will never take, and goes on', async () => {
    const sink = await collector((_response, request) => (request === 1 ? 400 : 200));
    const sender = forwarder(sink.url, { batchSpans: 1 });
    sender.take([...spans(1, 'bad'), ...spans(1, 'good')]);
    await vi.waitFor(() => expect(sink.names).toEqual(['good']));
    expect([sender.sent, sender.dropped]).toEqual([1, 1]);
  });

  it('waits as long as it is asked to', async () => {
    let [refusedAt, sentAt] = [0, 0];
    const sink = await collector((response, request) => {
      if (request > 1) {
        sentAt = performance.now();
        return 200;
      }
      refusedAt = performance.now();
      response.setHeader('retry-after', '1');
      return 429;
    });
    forwarder(sink.url).take(spans(1));
    await vi.waitFor(() => expect(sentAt).toBeGreaterThan(0), { timeout: 5000 });
    expect(sentAt - refusedAt).toBeGreaterThan(900);
  });

  it('keeps no more than its queue holds, and counts the rest', async () => {
    const sink = await collector(() => 503);
    const sender = forwarder(sink.url, { queueSpans: 100, tries: 1000, retryMs: 1000 });
    for (let i = 0; i < 50; i++) sender.take(spans(10));
    // One batch may be under way beside the queue.
    await vi.waitFor(() => expect(sender.dropped).toBeGreaterThanOrEqual(300));
  });

  it('sends the last ones when it is closed, and ends in time where nobody answers', async () => {
    const sink = await collector(() => 200);
    const sender = forwarder(sink.url, { flushMs: 60_000 });
    sender.take(spans(3));
    await sender.close();
    expect(sink.names).toHaveLength(3);
    const nobody = forwarder('http://127.0.0.1:1/v1/traces', { flushMs: 60_000, closeMs: 100, tries: 1000 });
    nobody.take(spans(3));
    await nobody.close();
    expect([nobody.sent, nobody.dropped]).toEqual([0, 3]);
  });
});
