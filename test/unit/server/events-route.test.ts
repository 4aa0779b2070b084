import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EventLog } from '../../../trainer/telemetry/event-log.js';
import { problemOf, testServer, type TestServer } from './client.js';
import { eventLog } from './services.js';
import { read, stalled } from './streams.js';

const limits = { listeners: 3, bufferBytes: 64 * 1024, heartbeatMs: 20 };
let server: TestServer;
let events: EventLog;

beforeEach(async () => {
  events = await eventLog();
  server = await testServer({ services: { events }, streamLimits: limits });
});
afterEach(() => server.close(0));

const open = (headers: Record<string, string> = {}, query = '') =>
  fetch(server.url(`/v1/events${query}`), { headers: { accept: 'text/event-stream', ...headers } });
const ids = (text: string) => [...text.matchAll(/^id: (\d+)$/gm)].map(([, id]) => Number(id));

describe('GET /v1/events', () => {
  it('streams events as they happen, each with its number', async () => {
    const response = await open();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    events.emit('rollout.started', 'A rollout began.\nIn two lines.', { share: 0.05 });
    const text = await read(response, (seen) => seen.includes('id: 1'));
    const [, data] = /^data: (.+)$/m.exec(text)!;
    expect(JSON.parse(data!)).toEqual({
      seq: 1,
      at: '2026-01-02T03:04:05.000Z',
      kind: 'rollout.started',
      message: 'A rollout began.\nIn two lines.',
      data: { share: 0.05 },
    });
  });

  it('goes on after the last event that a client saw, without a gap', async () => {
    for (let i = 0; i < 5; i++) events.emit('a.b', `event ${i}`);
    const response = await open({ 'last-event-id': '3' });
    events.emit('a.b', 'new');
    expect(ids(await read(response, (seen) => seen.includes('id: 6')))).toEqual([4, 5, 6]);
    expect(ids(await read(await open({}, '?since=4'), (seen) => seen.includes('id: 6')))).toEqual([5, 6]);
  });

  it('keeps a silent stream open with comments', async () => {
    expect(await read(await open(), (seen) => seen.split('\n:\n').length > 2)).not.toContain('id:');
  });

  it('lists events as JSON', async () => {
    for (let i = 0; i < 3; i++) events.emit('a.b', `event ${i}`);
    const list = await fetch(server.url('/v1/events?since=1'), { headers: { accept: 'application/json' } });
    const { events: listed } = (await list.json()) as { events: { seq: number }[] };
    expect(listed.map(({ seq }) => seq)).toEqual([2, 3]);
  });

  it('refuses other types and bad numbers', async () => {
    expect((await problemOf(await open({ accept: 'image/png' }))).status).toBe(406);
    expect((await problemOf(await open({}, '?since=-1'))).status).toBe(400);
    expect((await problemOf(await open({ 'last-event-id': 'x' }))).status).toBe(400);
  });

  it('has so many listeners and no more, and room again when one goes', async () => {
    const streams = await Promise.all([open(), open(), open()]);
    const full = await open();
    expect(full.headers.get('retry-after')).toBe('10');
    expect((await problemOf(full)).status).toBe(503);
    await streams[0].body!.cancel();
    await expect.poll(async () => (await open()).status).toBe(200);
  });

  it('answers HEAD without a stream', async () => {
    for (let i = 0; i < 5; i++) {
      const response = await fetch(server.url('/v1/events'), { method: 'HEAD' });
      expect(response.status).toBe(200);
    }
    expect((await open()).status).toBe(200);
  });

  it('cuts off a listener that does not read, and nobody else', async () => {
    const reader = await open();
    const socket = await stalled(server, '/v1/events');
    let closed = false;
    const cut = new Promise<void>((resolve) =>
      socket.on('close', () => {
        closed = true;
        resolve();
      }),
    );
    // The kernel's buffers take some megabytes before the server notices.
    const reading = read(reader, () => closed);
    for (let i = 0; i < 400; i++) {
      events.emit('big', 'x'.repeat(50_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await cut;
    events.emit('last', 'still there');
    expect(await reading).toContain('id: 1\n');
  });

  it('ends with the server, at once', async () => {
    const response = await open();
    const ended = read(response, () => false);
    await server.close(60_000);
    expect(await ended).toContain('retry:');
  });
});
