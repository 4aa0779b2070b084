// Real processes on one folder: killed, suspended, told to stop.
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { lead } from '../../../../trainer/rollout/leader/lead.js';
import { LeadershipLost } from '../../../../trainer/rollout/leader/leadership.js';
import { readDocument } from '../../../../trainer/rollout/registry/document-copies.js';
import { eventually } from '../../../e2e/support/eventually.js';

const SCRIPT = fileURLToPath(new URL('trainer.mjs', import.meta.url));
const BEAT = 100;
const TAKEOVER = 1500;
const shape = { name: 'rollout', schema: z.object({ writer: z.number(), count: z.number() }) };

let dir: string;
let children: ChildProcess[];
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'weir-lead-'));
  children = [];
});
afterEach(async () => {
  await Promise.all(children.map(kill));
  rmSync(dir, { recursive: true });
});

interface Line {
  readonly kind: string;
  readonly message?: string;
  readonly epoch?: number;
}

interface Trainer {
  readonly child: ChildProcess;
  readonly pid: number;
  readonly lines: Line[];
  has(kind: string): boolean;
}

function start(): Trainer {
  const child = spawn(process.execPath, [SCRIPT, dir, `${BEAT}`, `${TAKEOVER}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: Line[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(JSON.parse(line) as Line));
  return { child, pid: child.pid!, lines, has: (kind) => lines.some((line) => line.kind === kind) };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}

const writer = async () => (await readDocument(dir, shape))?.writer;

async function leaderAndFollower(): Promise<[Trainer, Trainer]> {
  const leader = start();
  await eventually(() => leader.has('wrote'));
  const follower = start();
  await eventually(() => follower.has('leader.waiting'));
  expect(follower.lines[0]?.message).toContain(`process ${leader.pid} on `);
  return [leader, follower];
}

describe('two trainers on one folder', () => {
  it('are followed one by the other, when the first is killed', async () => {
    const [first, second] = await leaderAndFollower();
    await kill(first.child);
    const killedAt = performance.now();
    await eventually(() => second.has('wrote'));
    expect(performance.now() - killedAt).toBeGreaterThan(TAKEOVER / 2);
    expect(await writer()).toBe(second.pid);
    expect(second.lines.find(({ kind }) => kind === 'wrote')?.epoch).toBe(2);
    expect(readdirSync(join(dir, 'leader'))).toEqual(['2']);
  });

  it('are followed at once, when the first is told to stop', async () => {
    const [first, second] = await leaderAndFollower();
    first.child.kill('SIGTERM');
    await eventually(() => second.has('wrote'));
    expect(first.has('heard')).toBe(false);
  });

  it('do not both write, when the first is suspended and wakes up', async () => {
    const [first, second] = await leaderAndFollower();
    first.child.kill('SIGSTOP');
    await eventually(() => second.has('wrote'));
    const others: number[] = [];
    const watch = async () => {
      const found = await writer();
      if (found !== undefined && found !== second.pid) others.push(found);
    };
    await watch();
    first.child.kill('SIGCONT');
    await eventually(async () => {
      await watch();
      return first.has('stopped') && first.has('heard');
    });
    expect(first.lines.find(({ kind }) => kind === 'stopped')?.message).toMatch(/does not lead any more/);
    await watch();
    expect(others).toEqual([]);
    // And it is there when the second goes.
    await kill(second.child);
    await eventually(() => first.lines.filter(({ kind }) => kind === 'wrote').length === 2);
    expect(await writer()).toBe(first.pid);
  });
});

describe('lead', () => {
  const options = { now: () => performance.now(), events: { emit: () => undefined }, beatMs: 10 };

  it('says what it is, and waits again after its release by another', async () => {
    const a = lead(dir, options);
    const term = await a.whenLeading;
    expect(a.state).toBe('leading');
    await term.check();
    const b = lead(dir, options);
    expect(b.state).toBe('waiting');
    await a.release();
    expect(a.state).toBe('waiting');
    expect((await b.whenLeading).epoch).toBe(term.epoch + 1);
    await b.release();
  });

  it('ends the wait of who releases it', async () => {
    const a = lead(dir, options);
    await a.whenLeading;
    const b = lead(dir, options);
    const waiting = b.whenLeading;
    await b.release();
    await expect(waiting).rejects.toThrow(LeadershipLost);
    expect(a.state).toBe('leading');
    await a.release();
  });

  it('tells its listeners of a loss once, and gives a new promise to wait for', async () => {
    const a = lead(dir, options);
    await a.whenLeading;
    const losses: string[] = [];
    const end = a.onLost(({ message }) => losses.push(message));
    rmSync(join(dir, 'leader'), { recursive: true });
    await eventually(() => losses.length > 0);
    end();
    const term = await a.whenLeading;
    await term.check();
    expect(losses).toHaveLength(1);
    await a.release();
  });

  it('says once, and keeps trying, where the disk refuses', async () => {
    const kinds: string[] = [];
    const a = lead('/dev/null', { ...options, events: { emit: (kind) => kinds.push(kind) } });
    await eventually(() => kinds.length > 0);
    expect(a.state).toBe('waiting');
    await a.release();
    expect(kinds).toEqual(['leader.trouble']);
  });
});
