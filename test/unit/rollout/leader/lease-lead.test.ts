// The lead by a Lease over real data folders, in real time, with short durations.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { lead } from '../../../../trainer/rollout/leader/lead.js';
import { LeadershipLost, type Leadership } from '../../../../trainer/rollout/leader/leadership.js';
import { LeaseForbidden } from '../../../../trainer/rollout/leader/lease-client.js';
import { leaseLead } from '../../../../trainer/rollout/leader/lease-lead.js';
import { eventually } from '../../../e2e/support/eventually.js';
import { MemoryLease } from './memory-lease.js';

let lease: MemoryLease;
beforeEach(() => (lease = new MemoryLease()));

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'weir-lease-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

interface Trainer {
  readonly leadership: Leadership;
  readonly kinds: string[];
  readonly messages: string[];
}

function start(identity: string, dir = folder()): Trainer {
  const [kinds, messages]: string[][] = [[], []];
  const leadership = leaseLead(dir, lease, {
    ...{ identity, now: () => performance.now(), wallNow: () => Date.now() },
    ...{ leaseDurationSeconds: 1, renewDeadlineSeconds: 0.6, retryPeriodSeconds: 0.05 },
    events: {
      emit: (kind, message) => {
        kinds!.push(kind);
        messages!.push(message);
      },
    },
  });
  onTestFinished(() => leadership.release());
  return { leadership, kinds: kinds!, messages: messages! };
}

const away = () => {
  lease.before = () => Promise.reject(new Error('ECONNREFUSED'));
};

describe('trainers with a folder each', () => {
  it('have one leader, where each would lead by its folder', async () => {
    const a = start('a');
    const term = await a.leadership.whenLeading;
    const b = start('b');
    await eventually(() => b.kinds.length > 0);
    expect(b.messages).toEqual(['a holds the Lease weir-system/weir-trainer; this process waits.']);
    expect([a.leadership.state, b.leadership.state]).toEqual(['leading', 'waiting']);
    await term.check();
    expect(term.epoch).toBe(1);
    await a.leadership.release();
    await expect(term.check()).rejects.toThrow(LeadershipLost);
    await (await b.leadership.whenLeading).check();
  });

  it('say once that the API server is away, lead no more, and go on when it is back', async () => {
    const a = start('a');
    const term = await a.leadership.whenLeading;
    const losses: string[] = [];
    a.leadership.onLost(({ message }) => losses.push(message));
    away();
    await eventually(() => losses.length > 0);
    expect(losses).toEqual([expect.stringMatching(/could not be renewed for 0\.6 s$/)]);
    await expect(term.check()).rejects.toThrow(LeadershipLost);
    expect(a.leadership.state).toBe('waiting');
    lease.before = async () => undefined;
    const next = await a.leadership.whenLeading;
    await next.check();
    // The folder was let go of as well, and taken anew.
    expect(next.epoch).toBe(term.epoch + 1);
    expect(a.kinds).toEqual(['leader.leading', 'leader.trouble', 'leader.lost', 'leader.leading']);
  });

  it('end a term in time though a call hangs', async () => {
    const a = start('a');
    await a.leadership.whenLeading;
    let hanging: (() => void) | undefined;
    lease.before = () => new Promise((resolve) => (hanging = resolve));
    await eventually(() => a.kinds.includes('leader.lost'));
    expect(hanging).toBeDefined();
    lease.before = async () => undefined;
    hanging!();
  });

  it('know at their first step after a sleep that it was too long', async () => {
    const a = start('a');
    const term = await a.leadership.whenLeading;
    // No timer runs meanwhile, nor before the question; the folder's lead would still be good.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 700);
    await expect(term.check()).rejects.toThrow(/could not be renewed for 0\.6 s$/);
  });

  it('name the rights that are missing', async () => {
    lease.before = () => Promise.reject(new LeaseForbidden('Lease a/b: 403; it needs a Role'));
    const a = start('a');
    await eventually(() => a.kinds.length > 0);
    expect(a.messages).toEqual(['Leading: Lease a/b: 403; it needs a Role']);
    away();
    await eventually(() => a.kinds.length > 1);
    expect(a.messages[1]).toBe('Leading: ECONNREFUSED');
  });

  it('give up waiting when told to', async () => {
    const a = start('a');
    await a.leadership.whenLeading;
    const b = start('b');
    const waiting = b.leadership.whenLeading;
    await b.leadership.release();
    await expect(waiting).rejects.toThrow(LeadershipLost);
    expect(lease.spec['holderIdentity']).toBe('a');
  });
});

describe('trainers on one folder', () => {
  it('are followed at once in both, in the next epoch', async () => {
    const dir = folder();
    const a = start('a', dir);
    const term = await a.leadership.whenLeading;
    const b = start('b', dir);
    await a.leadership.release();
    expect((await b.leadership.whenLeading).epoch).toBe(term.epoch + 1);
    expect(readdirSync(join(dir, 'leader'))).toEqual(['2']);
  });

  it('lead by the Lease only where the folder is theirs too', async () => {
    const dir = folder();
    const other = lead(dir, { now: () => performance.now(), events: { emit: () => undefined }, beatMs: 20 });
    onTestFinished(() => other.release());
    await other.whenLeading;
    const a = start('a', dir);
    await eventually(() => a.kinds.includes('leader.waiting'));
    expect(lease.spec['holderIdentity']).toBe('a');
    expect(a.leadership.state).toBe('waiting');
    await other.release();
    await (await a.leadership.whenLeading).check();
  });

  it('lose the term with the folder, though the Lease is theirs', async () => {
    const dir = folder();
    const a = start('a', dir);
    const term = await a.leadership.whenLeading;
    const losses: string[] = [];
    a.leadership.onLost(({ message }) => losses.push(message));
    rmSync(join(dir, 'leader'), { recursive: true });
    await expect(term.check()).rejects.toThrow(LeadershipLost);
    expect(losses).toEqual([expect.stringMatching(/its file in the folder is gone$/)]);
    await (await a.leadership.whenLeading).check();
  });
});
