// Candidates for the lead on one real folder, in virtual time.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { Election } from '../../../../trainer/rollout/leader/election.js';
import { Epochs } from '../../../../trainer/rollout/leader/epochs.js';
import { LeadershipLost, type Term } from '../../../../trainer/rollout/leader/leadership.js';

const BEAT = 500;
const TAKEOVER = 4000;

let folder: string;
let now: number;
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'weir-election-')), 'leader');
  onTestFinished(() => rmSync(join(folder, '..'), { recursive: true, force: true }));
  now = 1_000_000;
});

class Candidate {
  readonly terms: Term[] = [];
  readonly losses: LeadershipLost[] = [];
  readonly kinds: string[] = [];
  readonly election: Election;

  constructor(
    readonly name: string,
    epochs = new Epochs(folder),
  ) {
    this.election = new Election(epochs, {
      now: () => now,
      takeoverMs: TAKEOVER,
      holder: name,
      events: { emit: (kind) => this.kinds.push(kind) },
      onLeading: (term) => this.terms.push(term),
      onLost: (lost) => this.losses.push(lost),
    });
  }

  get isLeading(): boolean {
    return this.election.isLeading;
  }
}

/** Lets time pass for those that are awake. */
async function pass(ms: number, ...awake: readonly Candidate[]): Promise<void> {
  for (const end = now + ms; now < end;) {
    now += BEAT;
    for (const candidate of awake) await candidate.election.step();
  }
}

const leaders = (...all: readonly Candidate[]) =>
  all.filter((each) => each.isLeading).map(({ name }) => name);

async function trio(): Promise<[Candidate, Candidate, Candidate]> {
  const all = [new Candidate('a'), new Candidate('b'), new Candidate('c')] as const;
  for (const each of all) await each.election.step();
  return [...all];
}

describe('the election', () => {
  it('has one leader of several, who stays', async () => {
    const [a, b, c] = await trio();
    await pass(60_000, a, b, c);
    expect(leaders(a, b, c)).toEqual(['a']);
    expect(a.terms[0]?.epoch).toBe(1);
    expect(b.kinds).toEqual(['leader.waiting']);
    expect(readdirSync(folder)).toEqual(['1']);
  });

  it('has one leader of many that come at the same moment', async () => {
    const all = Array.from({ length: 8 }, (_, i) => new Candidate(`${i}`));
    await Promise.all(all.map(({ election }) => election.step()));
    expect(leaders(...all)).toHaveLength(1);
  });

  it('goes over to one other when the leader dies, within the takeover time and two beats', async () => {
    const [a, b, c] = await trio();
    await pass(10_000, a, b, c);
    await pass(TAKEOVER - BEAT, b, c);
    expect(leaders(b, c)).toEqual([]);
    await pass(3 * BEAT, b, c);
    expect(leaders(b, c)).toHaveLength(1);
    expect([...b.terms, ...c.terms].map(({ epoch }) => epoch)).toEqual([2]);
  });

  it('has one leader where many see the death at the same moment', async () => {
    const a = new Candidate('a');
    await a.election.step();
    const all = Array.from({ length: 8 }, (_, i) => new Candidate(`${i}`));
    for (let i = 0; i < 20; i++) {
      await Promise.all(all.map(({ election }) => election.step()));
      now += BEAT;
    }
    expect(leaders(...all)).toHaveLength(1);
  });

  it('goes over at once when the leader releases it', async () => {
    const [a, b, c] = await trio();
    await pass(2000, a, b, c);
    await a.election.release();
    await expect(a.terms[0]!.check()).rejects.toThrow(LeadershipLost);
    await pass(BEAT, b, c);
    expect(leaders(a, b, c)).toEqual(['b']);
    expect(a.losses).toEqual([]);
  });

  it('counts on over restarts', async () => {
    for (let epoch = 1; epoch <= 3; epoch++) {
      const a = new Candidate('a');
      await a.election.step();
      expect(a.terms[0]?.epoch).toBe(epoch);
      await a.election.release();
    }
    expect(readdirSync(folder)).toEqual(['3.released']);
  });
});

describe('a leader that was suspended', () => {
  it('learns before it does anything that another leads', async () => {
    const [a, b] = await trio();
    await pass(2000, a, b);
    const [term] = a.terms;
    await term!.check();
    await pass(TAKEOVER + BEAT, b);
    expect(leaders(b)).toEqual(['b']);
    // Both still think so: the loser has not looked yet.
    expect(leaders(a)).toEqual(['a']);
    await expect(term!.check()).rejects.toThrow(
      /does not lead any more \(epoch 1\): another process took over/,
    );
    expect(leaders(a)).toEqual([]);
    expect(a.losses).toHaveLength(1);
    await b.terms[0]!.check();
  });

  it('learns it by its own next beat where it asks nobody', async () => {
    const [a, b] = await trio();
    await pass(TAKEOVER + 2 * BEAT, b);
    await a.election.step();
    expect(a.kinds).toEqual(['leader.leading', 'leader.lost']);
    expect(a.losses).toHaveLength(1);
  });

  it('never acts on a term that is over, though it leads again later', async () => {
    const [a, b] = await trio();
    await pass(TAKEOVER + 2 * BEAT, b);
    await a.election.step();
    await b.election.release();
    await pass(BEAT, a);
    expect(leaders(a)).toEqual(['a']);
    await expect(a.terms[0]!.check()).rejects.toThrow(LeadershipLost);
    await a.terms[1]!.check();
    expect(a.terms[1]!.epoch).toBe(3);
  });

  it('goes on where nobody took over, in an epoch that nobody else can take any more', async () => {
    const a = new Candidate('a');
    await a.election.step();
    now += 3_600_000;
    await a.terms[0]!.check();
    expect(a.terms[0]!.epoch).toBe(2);
    expect(a.losses).toEqual([]);
    expect(readdirSync(folder)).toEqual(['2']);
  });

  it('wins or loses against one that is about to take over, and never shares the lead', async () => {
    for (let round = 0; round < 20; round++) {
      const [a, b] = [new Candidate('a'), new Candidate('b')];
      await a.election.step();
      await b.election.step();
      await pass(TAKEOVER - BEAT, b);
      now += BEAT;
      const [asked] = await Promise.allSettled([a.terms[0]!.check(), b.election.step()]);
      expect(leaders(a, b)).toEqual([asked.status === 'fulfilled' ? 'a' : 'b']);
      await a.election.release();
      await b.election.release();
    }
  });

  it('is not robbed by one that slept as long', async () => {
    const [a, b] = await trio();
    await pass(2000, a, b);
    now += 3_600_000;
    await b.election.step();
    expect(leaders(b)).toEqual([]);
    await pass(10_000, a, b);
    expect(leaders(a, b)).toEqual(['a']);
  });
});

describe('a claim that slept', () => {
  it('does not win an epoch that is long past', async () => {
    const [a, b] = await trio();
    // Epochs 2 and 3 come and go; their files below the newest are removed.
    await a.election.release();
    await pass(BEAT, b);
    await b.election.release();
    const c = new Candidate('c');
    await c.election.step();
    expect(readdirSync(folder)).toEqual(['3']);
    expect(await new Epochs(folder).claim(2, 'late')).toBe(false);
    expect(readdirSync(folder)).toEqual(['3']);
    await c.terms[0]!.check();
  });
});

describe('the folder', () => {
  it('ends the lead where it is removed', async () => {
    const [a] = await trio();
    rmSync(folder, { recursive: true });
    await expect(a.terms[0]!.check()).rejects.toThrow(/its file in the folder is gone/);
  });

  it('may hold a claim whose process died before its first beat', async () => {
    expect(await new Epochs(folder).claim(1, 'dead')).toBe(true);
    const b = new Candidate('b');
    await pass(TAKEOVER + 2 * BEAT, b);
    expect(b.terms[0]?.epoch).toBe(2);
  });

  it('that cannot be read is an error, and no loss', async () => {
    const broken = new Epochs(folder);
    const a = new Candidate('a', broken);
    await a.election.step();
    const top = broken.top.bind(broken);
    broken.top = async () => {
      throw new Error('EIO');
    };
    await expect(a.terms[0]!.check()).rejects.toThrow('EIO');
    await expect(a.election.step()).rejects.toThrow('EIO');
    broken.top = top;
    await a.terms[0]!.check();
    expect(a.losses).toEqual([]);
  });
});
