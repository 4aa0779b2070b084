import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { graphView } from '../../../trainer/server/graph-schemas.js';
import { liveSample } from '../../../trainer/server/history-schemas.js';
import { VERSION } from '../../../trainer/server/version.js';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { History } from '../../../trainer/telemetry/history/history.js';
import { MemoryEvents } from '../../../trainer/telemetry/memory-events.js';
import { report } from '../telemetry/reports.js';
import { problemOf, testServer, type TestServer } from './client.js';
import { observing } from './services.js';
import { messagesOf, read, stalled } from './streams.js';

const WALL = Date.UTC(2026, 0, 2, 3, 4, 5);
const limits = { listeners: 3, bufferBytes: 64 * 1024, heartbeatMs: 20 };

let server: TestServer;
let events: MemoryEvents;
let history: History;
let fleet: Fleet;
/** Views of the graph that were made. */
let drawn: number;
let seq: number;

beforeEach(async () => {
  [drawn, seq] = [0, 0];
  events = new MemoryEvents(() => new Date(WALL));
  fleet = new Fleet();
  history = new History(fleet, WALL);
  const { graph } = observing();
  const counted = {
    counts: () => graph.counts(),
    service: graph.service.bind(graph),
    view: (window: Parameters<typeof graph.view>[0]) => ((drawn += 1), graph.view(window)),
  };
  server = await testServer({
    wallNow: () => WALL,
    services: { events, history, graph: counted },
    streamLimits: limits,
  });
});
afterEach(() => server.close(0));

/** A second passes: a report comes, and a sample is taken. */
function second(requests = 4): void {
  seq += 1;
  fleet.accept(report('p', seq, { api: { 'a:1': { requests, weight: 1 } } }), seq * 1000);
  history.sample(seq * 1000);
}

const open = (headers: Record<string, string> = {}, query = '') =>
  fetch(server.url(`/v1/live${query}`), { headers: { accept: 'text/event-stream', ...headers } });
const kinds = (text: string) => messagesOf(text).map(({ event }) => event);
const has = (kind: string, times: number) => (text: string) =>
  kinds(text).filter((event) => event === kind).length >= times;

describe('GET /v1/live', () => {
  it('says hello and the graph at once, then sends samples, events and graphs as they come', async () => {
    const response = await open();
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    second();
    events.emit('a.b', 'something happened');
    second(8);
    const messages = messagesOf(await read(response, has('graph', 2)));
    expect(messages.map(({ event, id }) => [event, id])).toEqual([
      ['hello', undefined],
      ['graph', undefined],
      ['sample', undefined],
      ['event', 1],
      ['sample', undefined],
      ['graph', undefined],
    ]);
    const [hello, graph, first, event, next] = messages.map(({ data }) => data);
    expect(hello).toEqual({ version: VERSION, at: WALL });
    expect(graphView.strict().parse(graph)).toMatchObject({ window: '1m' });
    expect(liveSample.strict().parse(first)).toMatchObject({ at: WALL + 1000, clusters: [{ rps: 4 }] });
    expect(event).toMatchObject({ seq: 1, kind: 'a.b' });
    expect(next).toMatchObject({ at: WALL + 2000, clusters: [{ name: 'api', rps: 8, steeredShare: 1 }] });
  });

  it('makes the graph once for all who listen, and for nobody', async () => {
    for (let i = 0; i < 10; i++) second();
    expect(drawn).toBe(0);
    const streams = [await open(), await open()];
    expect(drawn).toBe(1);
    for (let i = 0; i < 4; i++) second();
    await Promise.all(streams.map((stream) => read(stream, has('graph', 3))));
    expect(drawn).toBe(3);
    // Both have gone with what they read: the server has noticed when samples draw no more.
    await expect
      .poll(() => {
        const before = drawn;
        for (let i = 0; i < 4; i++) second();
        return drawn - before;
      })
      .toBe(0);
  });

  it('goes on after the last event that a client saw, without a gap', async () => {
    for (let i = 0; i < 5; i++) events.emit('a.b', `event ${i}`);
    const response = await open({ 'last-event-id': '3' });
    second();
    events.emit('a.b', 'new');
    const messages = messagesOf(await read(response, (text) => text.includes('id: 6')));
    expect(messages.flatMap(({ id }) => id ?? [])).toEqual([4, 5, 6]);
    const fromStart = await read(await open({}, '?since=0'), has('event', 6));
    expect(messagesOf(fromStart).flatMap(({ id }) => id ?? [])).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('keeps a silent stream open with comments', async () => {
    const text = await read(await open(), (seen) => seen.split('\n:\n').length > 2);
    expect(kinds(text)).toEqual(['hello', 'graph']);
  });

  it('shares the room for listeners with events', async () => {
    const events = () => fetch(server.url('/v1/events'), { headers: { accept: 'text/event-stream' } });
    const streams = [await open(), await events(), await open()];
    const full = [await open(), await events()];
    for (const response of full) expect((await problemOf(response)).status).toBe(503);
    expect(full[0]!.headers.get('retry-after')).toBe('10');
    await streams[1]!.body!.cancel();
    await expect.poll(async () => (await open()).status).toBe(200);
  });

  it('cuts off a listener that does not read, and nobody else', async () => {
    const reader = await open();
    const socket = await stalled(server, '/v1/live');
    let closed = false;
    const cut = new Promise<void>((resolve) =>
      socket.on('close', () => {
        closed = true;
        resolve();
      }),
    );
    const reading = read(reader, (text) => closed && text.includes('still there'));
    // The kernel's buffers take some megabytes before the server notices.
    for (let i = 0; i < 400; i++) {
      events.emit('big', 'x'.repeat(50_000));
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.resume();
    await cut;
    events.emit('last', 'still there');
    expect(await reading).toContain('still there');
    await expect.poll(async () => (await open()).status).toBe(200);
  });

  it('is nothing but a stream', async () => {
    expect((await problemOf(await open({ accept: 'application/json' }))).status).toBe(406);
    expect((await problemOf(await open({}, '?since=-1'))).status).toBe(400);
    for (let i = 0; i < 5; i++)
      expect((await fetch(server.url('/v1/live'), { method: 'HEAD' })).status).toBe(200);
    expect((await open()).status).toBe(200);
  });

  it('ends with the server, at once', async () => {
    const ended = read(await open(), () => false);
    await server.close(60_000);
    expect(await ended).toContain('retry:');
  });
});

describe('GET /v1/live of a trainer without events and graph', () => {
  it('has samples, once a second of the real clock', async () => {
    const bare = await testServer({ now: () => performance.now() });
    try {
      const response = await fetch(bare.url('/v1/live'));
      const messages = messagesOf(await read(response, has('sample', 2)));
      expect(messages.map(({ event }) => event)).toEqual(['hello', 'sample', 'sample']);
      const [hello, first, next] = messages.map(({ data }) => (data as { at: number }).at);
      expect(next! - first!).toBeGreaterThan(500);
      expect(Math.abs(next! - hello!)).toBeLessThan(60_000);
    } finally {
      await bare.close(0);
    }
  });
});
