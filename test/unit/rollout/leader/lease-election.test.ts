// Candidates for one Lease, in virtual time.
import { beforeEach, describe, expect, it } from 'vitest';
import { LeadershipLost } from '../../../../trainer/rollout/leader/leadership.js';
import { LeaseElection, type Hold } from '../../../../trainer/rollout/leader/lease-election.js';
import { MemoryLease } from './memory-lease.js';

const LEASE_SECONDS = 15;
const LEASE = 15_000;
const DEADLINE = 10_000;
const RETRY = 2000;
const WALL = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

let lease: MemoryLease;
let now: number;
beforeEach(() => {
  lease = new MemoryLease();
  now = 0;
});

class Candidate {
  readonly holds: Hold[] = [];
  readonly losses: LeadershipLost[] = [];
  readonly waitedFor: string[] = [];
  readonly election: LeaseElection;
  readonly #signal = new AbortController().signal;

  /** @param skew of its clocks, ms: neither is that of others */
  constructor(
    readonly name: string,
    skew = 0,
  ) {
    this.election = new LeaseElection(lease, {
      now: () => now + skew,
      wallNow: () => WALL + now + skew,
      identity: name,
      leaseDurationSeconds: LEASE_SECONDS,
      renewDeadlineMs: DEADLINE,
      onHeld: (hold) => this.holds.push(hold),
      onLost: (lost) => this.losses.push(lost),
      onWaiting: (holder) => this.waitedFor.push(holder),
    });
  }

  /** By its own word. */
  get leads(): boolean {
    try {
      const hold = this.holds.at(-1);
      hold?.check();
      return hold !== undefined;
    } catch (error) {
      expect(error).toBeInstanceOf(LeadershipLost);
      return false;
    }
  }

  step(): Promise<void> {
    return this.election.step(this.#signal);
  }
}

/** Lets time pass for those that are awake. */
async function pass(ms: number, ...awake: readonly Candidate[]): Promise<void> {
  for (const end = now + ms; now < end;) {
    now += RETRY;
    for (const candidate of awake) await candidate.step();
  }
}

/** A Lease held by the first. */
async function pair(skew = 0): Promise<[Candidate, Candidate]> {
  const all: [Candidate, Candidate] = [new Candidate('a'), new Candidate('b', skew)];
  for (const each of all) await each.step();
  return all;
}

const away = () => {
  lease.before = () => Promise.reject(new Error('ECONNREFUSED'));
};
const back = () => {
  lease.before = async () => undefined;
};

describe('the Lease', () => {
  it('says who holds it, since when, and that they live, to the microsecond', async () => {
    const [a] = await pair();
    await pass(2 * RETRY, a);
    expect(lease.spec).toEqual({
      holderIdentity: 'a',
      leaseDurationSeconds: LEASE_SECONDS,
      acquireTime: '2026-01-02T03:04:05.678000Z',
      renewTime: '2026-01-02T03:04:09.678000Z',
      leaseTransitions: 0,
    });
  });

  it('keeps what others wrote beside it', async () => {
    lease.edit({ metadata: { labels: { team: 'sre' } } });
    const [a, b] = await pair();
    expect(a.leads).toBe(true);
    await a.election.release();
    await b.step();
    expect(JSON.stringify(await lease.read())).toContain('"team":"sre"');
  });

  it('counts how often it changed hands', async () => {
    const [a, b] = await pair();
    await a.election.release();
    expect(lease.spec).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1, leaseTransitions: 0 });
    await b.step();
    expect(lease.spec).toMatchObject({ holderIdentity: 'b', leaseDurationSeconds: 15, leaseTransitions: 1 });
  });
});

describe('candidates', () => {
  it('have one holder, who stays', async () => {
    const [a, b] = await pair();
    await pass(120_000, a, b);
    expect([a.leads, b.leads]).toEqual([true, false]);
    expect(a.holds).toHaveLength(1);
    expect(b.waitedFor).toEqual(['a']);
  });

  it('have one where many come at the same moment, to nothing and to a Lease that ran out', async () => {
    const crowd = () => Array.from({ length: 8 }, (_, i) => new Candidate(`${now}.${i}`));
    for (let round = 0; round < 2; round++) {
      const all = crowd();
      for (let i = 0; i <= LEASE / RETRY + 1; i++) {
        await Promise.all(all.map((each) => each.step()));
        now += RETRY;
      }
      expect(all.filter(({ leads }) => leads)).toHaveLength(1);
    }
  });

  it.each([0, 3_600_000, -3_600_000])(
    'take it from a dead one after its duration and not before, by clocks that are %i ms apart',
    async (skew) => {
      const [a, b] = await pair(skew);
      await pass(20_000, a, b);
      await pass(LEASE - 1000, b);
      expect(b.leads).toBe(false);
      await pass(RETRY, b);
      expect(b.leads).toBe(true);
    },
  );

  it('wait for the duration that the Lease says, where it is another than their own', async () => {
    const [a, b] = await pair();
    await a.step();
    lease.edit({ spec: { ...lease.spec, leaseDurationSeconds: 60 } });
    await pass(58_000, b);
    expect(b.leads).toBe(false);
    await pass(4000, b);
    expect(b.leads).toBe(true);
  });

  it('wait from the answer on, not from the question: the holder may have renewed it in between', async () => {
    const [a, b] = await pair();
    lease.before = async () => {
      back();
      now += 5000;
      await a.step();
    };
    await b.step();
    const seenAt = now;
    await pass(LEASE - RETRY, b);
    expect(now - seenAt).toBeLessThan(LEASE);
    expect(b.leads).toBe(false);
    expect(a.losses).toEqual([]);
  });

  it('follow at once where it is released', async () => {
    const [a, b] = await pair();
    await pass(20_000, a, b);
    await a.election.release();
    expect(a.leads).toBe(false);
    expect(a.losses).toEqual([]);
    await pass(RETRY, b);
    expect(b.leads).toBe(true);
  });

  it('follow where one ended while its claim was on its way', async () => {
    const [a, b] = [new Candidate('a'), new Candidate('b')];
    lease.after = (verb) => (verb === 'create' ? Promise.reject(new Error('aborted')) : Promise.resolve());
    await expect(a.step()).rejects.toThrow('aborted');
    lease.after = async () => undefined;
    await a.election.release();
    await b.step();
    expect(b.leads).toBe(true);
  });

  it('do not take a Lease that was removed before its holder had time to see it', async () => {
    const [a, b] = await pair();
    lease.remove();
    await b.step();
    expect(b.leads).toBe(false);
    await pass(RETRY, a, b);
    expect([a.leads, b.leads]).toEqual([true, false]);
    lease.remove();
    await pass(LEASE + RETRY, b);
    expect(b.leads).toBe(true);
  });
});

describe('a holder', () => {
  it('leads on while the API server is away, until its deadline, and refuses from then on', async () => {
    const [a] = await pair();
    away();
    for (let i = 0; i < 4; i++) {
      now += RETRY;
      await expect(a.step()).rejects.toThrow('ECONNREFUSED');
    }
    expect(a.leads).toBe(true);
    expect(a.election.expire()).toBe(RETRY);
    now += RETRY;
    expect(a.election.expire()).toBe(0);
    expect(a.losses.map(({ message }) => message)).toEqual([
      'this process does not lead any more: the Lease weir-system/weir-trainer could not be renewed for 10 s',
    ]);
    expect(a.leads).toBe(false);
  });

  it('leads again at once where nobody came between, and its old word stays over', async () => {
    const [a, b] = await pair();
    now += DEADLINE;
    a.election.expire();
    await a.step();
    await b.step();
    expect([a.leads, b.leads]).toEqual([true, false]);
    expect(() => a.holds[0]!.check()).toThrow(LeadershipLost);
    expect(lease.spec['leaseTransitions']).toBe(0);
  });

  it('knows when it wakes up that it slept for too long, before it asks anybody', async () => {
    const [a, b] = await pair();
    await pass(LEASE + RETRY, b);
    expect(b.leads).toBe(true);
    // No step of it has run.
    expect(a.leads).toBe(false);
    expect(a.losses).toHaveLength(1);
    await a.step();
    expect(a.waitedFor).toEqual(['b']);
  });

  it('counts its time from before it asked, however late the answer comes', async () => {
    const [a] = await pair();
    lease.after = async () => void (now += DEADLINE);
    await a.step();
    expect(a.leads).toBe(false);
  });

  it('never overlaps with the next one, whatever sleeps for how long', async () => {
    const [a, b] = await pair();
    // One of the two stands still for a time that differs from round to round, in steps below the retry period.
    for (let round = 0; round < 60; round++) {
      const [awake, asleep] = round % 2 ? [a, b] : [b, a];
      for (const end = now + 500 * round; now < end;) {
        now += 500;
        expect(a.leads && b.leads).toBe(false);
        if (now % RETRY === 0) await awake.step();
        expect(a.leads && b.leads).toBe(false);
      }
      await asleep.step();
    }
    expect(a.holds.length + b.holds.length).toBeGreaterThan(10);
  });

  it('goes on where somebody edits the Lease', async () => {
    const [a] = await pair();
    lease.edit({ metadata: { annotations: { note: 'mine' } } });
    await pass(20_000, a);
    expect(a.leads).toBe(true);
    expect(a.holds).toHaveLength(1);
  });

  it('goes on where its own word arrived and the answer did not', async () => {
    const [a] = await pair();
    lease.after = () => Promise.reject(new Error('reset'));
    await expect(a.step()).rejects.toThrow('reset');
    lease.after = async () => undefined;
    await pass(20_000, a);
    expect(a.holds).toHaveLength(1);
    expect(a.leads).toBe(true);
  });

  it.each([
    ['takes it', 'c', /: c holds the Lease weir-system\/weir-trainer now$/],
    ['gives it up', '', /: nobody holds the Lease weir-system\/weir-trainer now$/],
  ])('is over at its next renewal where another hand %s', async (_, holderIdentity, said) => {
    const [a] = await pair();
    lease.edit({ spec: { ...lease.spec, holderIdentity } });
    await a.step();
    expect(a.losses[0]?.message).toMatch(said);
    expect(a.leads).toBe(false);
  });
});
