import { appendFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  EventLog,
  MAX_EVENTS,
  MAX_WAITING,
  type EventLogOptions,
} from '../../../trainer/telemetry/event-log.js';
import type { TrainerEvent } from '../../../trainer/telemetry/event.js';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-events-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
});

const open = (options: Partial<EventLogOptions> = {}) =>
  EventLog.open(dir, { wall: () => new Date('2026-03-01T12:00:00Z'), ...options });
const path = () => join(dir, 'events.jsonl');
const read = (name = 'events.jsonl') =>
  readFileSync(join(dir, name), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as TrainerEvent);
const seqs = (events: readonly TrainerEvent[]) => events.map(({ seq }) => seq);
const upTo = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);

describe('the event log', () => {
  it('keeps what it is told, in memory at once and then in the file', async () => {
    const log = await open();
    log.emit('rollout.promoted', 'A model serves.', { id: 'a', ratio: 0.9 });
    const event = {
      seq: 1,
      at: '2026-03-01T12:00:00.000Z',
      kind: 'rollout.promoted',
      message: 'A model serves.',
      data: { id: 'a', ratio: 0.9 },
    };
    expect(log.since(0)).toEqual([event]);
    await log.close();
    expect(read()).toEqual([event]);
  });

  it('gives what came after a number', async () => {
    const log = await open();
    for (let i = 0; i < 5; i++) log.emit('test.event', `${i}`);
    expect(seqs(log.since(3))).toEqual([4, 5]);
    expect(log.since(5)).toEqual([]);
    await log.close();
  });

  it('keeps the latest thousand in memory and all in the file', async () => {
    const log = await open();
    for (let i = 0; i < 2500; i++) log.emit('test.event', `${i}`);
    await log.flush();
    for (let i = 0; i < 700; i++) log.emit('test.event', `${i}`);
    await log.close();
    expect(seqs(log.since(0))).toEqual(upTo(3201 - MAX_EVENTS, 3200));
    expect(seqs(read())).toEqual(upTo(1, 3200));
  });

  it('counts on over a restart, and knows what was before', async () => {
    const first = await open();
    first.emit('test.event', 'one');
    first.emit('test.event', 'two');
    await first.close();
    const second = await open();
    expect(second.since(1)).toMatchObject([{ seq: 2, message: 'two' }]);
    second.emit('test.event', 'three');
    await second.close();
    expect(seqs(read())).toEqual([1, 2, 3]);
  });

  it('takes data as it is now, and data that is no JSON without a word of complaint', async () => {
    const log = await open();
    const data = { step: 1 };
    log.emit('test.event', 'changes later', data);
    data.step = 2;
    const circle: Record<string, unknown> = {};
    circle.self = circle;
    log.emit('test.event', 'a circle', circle);
    log.emit('test.event', 'too large a number', { n: 1n });
    await log.close();
    expect(read().map((event) => event.data)).toEqual([
      { step: 1 },
      { unreadable: expect.stringContaining('circular') },
      { unreadable: expect.stringContaining('BigInt') },
    ]);
    expect(log.since(0)).toEqual(read());
  });
});

describe('subscribers', () => {
  it('hear every event until they end it, whatever another one throws', async () => {
    const log = await open();
    const heard: number[] = [];
    log.subscribe(() => {
      throw new Error('a bad listener');
    });
    const end = log.subscribe(({ seq }) => heard.push(seq));
    log.emit('test.event', 'one');
    log.emit('test.event', 'two');
    end();
    log.emit('test.event', 'three');
    expect(heard).toEqual([1, 2]);
    await log.close();
  });
});

describe('the file', () => {
  it('begins anew when it is full, and keeps the one before', async () => {
    const log = await open({ rotateBytes: 1000 });
    for (let i = 0; i < 30; i++) {
      log.emit('test.event', `event ${i}`);
      await log.flush();
    }
    await log.close();
    const [older, newer] = [read('events.1.jsonl'), read()];
    expect(seqs([...older, ...newer])).toEqual(upTo(30 - older.length - newer.length + 1, 30));
    expect(readFileSync(path()).length).toBeLessThanOrEqual(1000);
    const next = await open();
    expect(seqs(next.since(0))).toEqual(seqs([...older, ...newer]));
  });

  it('counts on where a restart finds the older file alone', async () => {
    const log = await open();
    log.emit('test.event', 'one');
    await log.close();
    writeFileSync(join(dir, 'events.1.jsonl'), readFileSync(path()));
    rmSync(path());
    const next = await open();
    next.emit('test.event', 'two');
    expect(seqs(next.since(0))).toEqual([1, 2]);
    await next.close();
  });

  it('loses a last line that was torn, and nothing else', async () => {
    const log = await open();
    for (const message of ['one', 'two']) log.emit('test.event', message);
    await log.close();
    const whole = readFileSync(path());
    for (let cut = 1; cut < 20; cut++) {
      writeFileSync(path(), whole.subarray(0, whole.length - cut));
      const next = await open();
      next.emit('test.event', 'three');
      await next.close();
      expect(read()).toMatchObject([
        { seq: 1, message: 'one' },
        { seq: 2, message: 'three' },
      ]);
    }
  });

  it('passes over a line that is no event', async () => {
    const log = await open();
    log.emit('test.event', 'one');
    await log.close();
    appendFileSync(path(), 'null\n{"seq":"x"}\nrubbish\n');
    const next = await open();
    expect(seqs(next.since(0))).toEqual([1]);
    next.emit('test.event', 'two');
    expect(seqs(next.since(0))).toEqual([1, 2]);
    await next.close();
  });
});

describe('a disk that refuses', () => {
  it('costs nothing in memory, is said once, and gets it all when it takes again', async () => {
    const log = await open();
    // A real one: every write to it fails for want of room.
    symlinkSync('/dev/full', path());
    for (let i = 0; i < 5; i++) {
      log.emit('test.event', `${i}`);
      await log.flush();
    }
    expect(log.since(0).filter(({ kind }) => kind === 'test.event')).toHaveLength(5);
    const said = log.since(0).filter(({ kind }) => kind === 'events.unwritten');
    expect(said).toHaveLength(1);
    expect(said[0]?.message).toContain('ENOSPC');
    rmSync(path());
    await log.flush();
    expect(log.since(0).at(-1)).toMatchObject({ kind: 'events.written', data: { lost: 0 } });
    await log.close();
    expect(read()).toEqual(log.since(0));
  });

  it('is tried again without being asked', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const log = await open();
    symlinkSync('/dev/full', path());
    log.emit('test.event', 'one');
    await log.flush();
    rmSync(path());
    const written = new Promise<void>((resolve) =>
      log.subscribe(({ kind }) => {
        if (kind === 'events.written') resolve();
      }),
    );
    vi.advanceTimersByTime(1000);
    await written;
    await log.close();
    expect(read().map(({ kind }) => kind)).toEqual(['test.event', 'events.unwritten', 'events.written']);
  });

  it('says how many are missing where memory had no room for them', async () => {
    const log = await open();
    symlinkSync('/dev/full', path());
    log.emit('test.event', 'one');
    await log.flush();
    for (let i = 0; i < MAX_WAITING + 10; i++) log.emit('test.event', `${i}`);
    rmSync(path());
    await log.close();
    // The first one, the ten that followed, and the word about it.
    expect(log.since(0).at(-1)).toMatchObject({ kind: 'events.written', data: { lost: 12 } });
    expect(read()[0]?.seq).toBe(13);
  });
});

describe('a process that may not write', () => {
  it('keeps its hands off the file', async () => {
    const log = await open({
      mayWrite: async () => {
        throw new Error('another process leads');
      },
    });
    log.emit('test.event', 'one');
    await log.close();
    expect(log.since(0).map(({ kind }) => kind)).toEqual(['test.event', 'events.unwritten']);
    expect(() => readFileSync(path())).toThrow(/ENOENT/);
  });
});
