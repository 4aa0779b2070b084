import { describe, expect, it } from 'vitest';
import { SHADOW_DEFAULTS as SHADOW } from '../../../trainer/rollout/shadow.js';
import { CANDIDATE, CURRENT, OTHER, World, verdict, type WorldOptions } from './world.js';
import { times } from './traffic.js';

const proposed = async (options: WorldOptions = {}, force = false) => {
  const world = await new World(options).start();
  await world.run(30);
  await world.rollout.propose(CANDIDATE, { by: 'ann', force });
  return world;
};
/** In the canary, seen by the sidecars. */
const inCanary = async (options: WorldOptions = {}) => {
  const world = await proposed(options, true);
  await world.run(5);
  expect(world.view().phase).toBe('canary');
  return world;
};

describe('a rollout', () => {
  it('takes a model that is no worse through every stage to all of the traffic', async () => {
    const world = await proposed({ options: { shadow: { ...SHADOW, timeoutMs: 2000 } } });
    await world.runUntil('promoted', 3000);
    expect(world.kinds()).toEqual(['proposed', 'gate-passed', 'canary', 'canary', 'canary', 'promoted']);
    expect(world.published.map(({ candidate }) => candidate?.share ?? 0)).toEqual([0, 0.05, 0.25, 0.5, 0]);
    expect(world.serving).toEqual({ current: CANDIDATE });
    expect(world.view()).toMatchObject({
      phase: 'idle',
      current: CANDIDATE.id,
      previous: CURRENT.id,
      last: { outcome: 'promoted' },
    });
    expect(world.noted).toContain(`${CANDIDATE.id} promoted`);
  });

  it('stops at the gate a model that the gate rejects, and gives it no request', async () => {
    const world = await proposed({ gate: async () => verdict(false, ['twin: p99 ratio 3']) });
    await world.run(5);
    expect(world.last('rejected')?.message).toContain('at the gate: twin: p99 ratio 3');
    expect(world.published).toHaveLength(1);
    expect(world.noted).toEqual([`${CANDIDATE.id} evaluated`, `${CANDIDATE.id} rejected`]);
  });

  it('rejects a model that the gate cannot judge', async () => {
    const world = await proposed({
      gate: async () => {
        throw new Error('a worker died');
      },
    });
    await world.run(2);
    expect(world.last('rejected')?.message).toContain('could not judge it: a worker died');
  });

  it('passes on with a note where the shadow gets too few decisions', async () => {
    const world = await proposed();
    await world.run(290);
    expect(world.view().phase).toBe('shadow');
    await world.run(20);
    expect(world.last('canary')?.message).toContain('only 0 of 500 decisions came in 300 s');
  });

  it.each([
    ['three times the latency', { latency: times(3) }],
    ['failures', { errorRate: 0.3 }],
  ])('takes a model with %s that was forced past the gate back within a minute', async (_, candidate) => {
    for (const seed of [1, 2, 3, 4, 5]) {
      const world = await proposed({ seed, rps: 100, candidate }, true);
      const before = new Map(world.requests);
      await world.run(60);
      expect(world.last('rolled-back')).toBeDefined();
      const [own, others] = [CANDIDATE, CURRENT].map(
        ({ id }) => world.requests.get(id)! - (before.get(id) ?? 0),
      );
      expect(own! / (own! + others!)).toBeLessThan(0.05);
      expect(world.serving).toEqual({ current: CURRENT });
      expect(world.harms).toHaveLength(1);
    }
  });

  it('holds the share where there is too little traffic to tell, and takes a bad model back as soon as there is', async () => {
    const world = await proposed({ rps: 2, candidate: { latency: times(3) } }, true);
    await world.runUntil('rolled-back', 3600);
    expect(world.published.map(({ candidate }) => candidate?.share ?? 0)).toEqual([0, 0.05, 0]);
    expect(world.last('rolled-back')?.message).toContain('worse in');
  });

  it('never gives a model more than the first share that cannot be decided', async () => {
    const world = await proposed({ rps: 0.2, options: { maxStageMs: 600_000 } }, true);
    await world.runUntil('rolled-back', 700);
    expect(world.last('rolled-back')?.message).toContain('not decided in 0.17 h');
    expect(Math.max(...world.published.map(({ candidate }) => candidate?.share ?? 0))).toBe(0.05);
  });

  it('writes every step before it publishes it', async () => {
    const world = await proposed({ options: { shadow: { ...SHADOW, timeoutMs: 2000 } } });
    const orders: string[] = [];
    for (let i = 0; i < 400 && world.view().phase !== 'idle'; i++) {
      await world.run(1);
      const { run, current } = world.written.at(-1);
      const { candidate, current: served } = world.published.at(-1);
      orders.push(`${run?.phase ?? 'idle'} ${candidate ? 'candidate' : 'alone'}`);
      expect(served.id).toBe(current);
      if (candidate) expect(run).toMatchObject({ candidate: candidate.model.id, phase: 'canary' });
    }
    expect(new Set(orders)).toEqual(new Set(['shadow alone', 'canary candidate', 'idle alone']));
  });

  it('publishes no candidate where the step cannot be written, and goes on when it can', async () => {
    const world = await proposed({ options: { shadow: { ...SHADOW, timeoutMs: 5000 } } });
    world.diskError = new Error('disk full');
    await world.run(20);
    expect(world.published).toHaveLength(1);
    expect(world.kinds().filter((kind) => kind === 'stuck')).toHaveLength(1);
    world.diskError = undefined;
    await world.run(10);
    expect(world.published.at(-1)?.candidate?.share).toBe(0.05);
  });

  it('takes a bad model back although that cannot be written', async () => {
    const world = await proposed({ candidate: { errorRate: 0.5 } }, true);
    world.diskError = new Error('disk full');
    await world.run(60);
    expect(world.serving).toEqual({ current: CURRENT });
    expect(world.last('state-unsaved')?.message).toContain('disk full');
  });
});

describe('the canary', () => {
  it('does not run its clock before the sidecars are seen to serve the candidate', async () => {
    const world = await new World().start();
    world.isDeaf = true;
    world.isPublisherAway = true;
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(1800);
    expect(world.view()).toMatchObject({ phase: 'canary', note: 'not seen in the sidecars yet' });
  });

  it('withdraws a candidate that could not be handed over for long', async () => {
    const world = await new World().start();
    world.isDeaf = true;
    world.isPublisherAway = true;
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(3700);
    expect(world.last('rolled-back')?.message).toContain('could not be handed over in 1 h');
  });

  it('withdraws a candidate that was handed over and gets no request where some are due', async () => {
    const world = await new World().start();
    world.isDeaf = true;
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(70);
    expect(world.last('rolled-back')?.message).toContain('no request for');
  });

  it('withdraws a candidate that stops getting requests', async () => {
    const world = await inCanary();
    world.isDeaf = true;
    world.serving = { current: CURRENT };
    await world.run(70);
    expect(world.last('rolled-back')?.message).toContain('no request for');
  });

  it('withdraws a candidate that the sidecars refuse', async () => {
    const world = await new World().start();
    world.publishError = new Error('the model cannot be used');
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(2);
    expect(world.last('rolled-back')?.message).toContain('could not be published: the model cannot be used');
    world.publishError = undefined;
    await world.run(40);
    expect(world.serving).toEqual({ current: CURRENT });
  });

  it('holds, and does not promote, while no sidecar reports, and goes on when they do again', async () => {
    const world = await inCanary();
    world.isReporting = false;
    await world.run(3000);
    expect(world.last('held')?.message).toContain('no sidecar reports');
    expect(world.view()).toMatchObject({ phase: 'canary', share: 0.05 });
    world.isReporting = true;
    await world.runUntil('promoted', 3000);
    expect(world.kinds().filter((kind) => kind === 'held' || kind === 'going-on')).toEqual([
      'held',
      'going-on',
    ]);
  });
});

describe('a command', () => {
  it('proposes nothing during a rollout, nor what serves already', async () => {
    const world = await inCanary();
    await expect(world.rollout.propose(OTHER, { by: 'bob', force: true })).rejects.toThrow('abort it first');
    await world.rollout.abort('ann');
    await expect(world.rollout.propose(CURRENT, { by: 'bob' })).rejects.toThrow('serves already');
  });

  it('proposes nothing soon after a rejection, except by force', async () => {
    const world = await proposed({ gate: async () => verdict(false, ['slow']) });
    await world.run(2);
    await expect(world.rollout.propose(OTHER, { by: 'bob' })).rejects.toThrow(/was rejected: wait \d+ s/);
    await world.run(600);
    await world.rollout.propose(OTHER, { by: 'bob' });
    await world.run(2);
    await world.rollout.propose(OTHER, { by: 'bob', force: true });
    expect(world.view().phase).toBe('canary');
  });

  it('proposes no model that the registry does not have', async () => {
    const world = await new World().start();
    world.models.delete(CANDIDATE.id);
    await expect(world.rollout.propose(CANDIDATE, { by: 'ann' })).rejects.toThrow('no model');
    expect(world.view().phase).toBe('idle');
  });

  it('rolls a candidate back at once, and then the current model, but not past the first', async () => {
    const world = await inCanary();
    await world.rollout.rollback('ann', 'odd graphs');
    expect(world.serving).toEqual({ current: CURRENT });
    await expect(world.rollout.rollback('ann', 'again')).rejects.toThrow('no model before');
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(5);
    await world.rollout.promote(CANDIDATE.id, 'ann');
    expect(world.serving).toEqual({ current: CANDIDATE });
    await world.rollout.rollback('ann', 'odd graphs');
    expect(world.serving).toEqual({ current: CURRENT });
    expect(world.view()).toMatchObject({ current: CURRENT.id, previous: null });
    expect(world.last('rolled-back')?.message).toContain('by ann: odd graphs');
  });

  it('rolls the current model back while another is in the gate, and ends the gate', async () => {
    let signal: AbortSignal | undefined;
    const gate = (of: AbortSignal) => {
      signal = of;
      return new Promise<never>(() => undefined);
    };
    const world = await proposed({ gate }, true);
    await world.run(5);
    await world.rollout.promote(CANDIDATE.id, 'ann');
    await world.rollout.propose(OTHER, { by: 'ann' });
    await world.rollout.rollback('ann', 'slow');
    expect(world.serving).toEqual({ current: CURRENT });
    expect(world.view().phase).toBe('idle');
    expect(signal?.aborted).toBe(true);
  });

  it('promotes only what the sidecars serve', async () => {
    const world = await proposed();
    await expect(world.rollout.promote(CANDIDATE.id, 'ann')).rejects.toThrow('not in the canary');
    await world.rollout.abort('ann');
    world.isDeaf = true;
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await expect(world.rollout.promote(CANDIDATE.id, 'ann')).rejects.toThrow('not seen in the sidecars');
  });

  it('tells that there is nothing to abort', async () => {
    const world = await new World().start();
    await expect(world.rollout.abort('ann')).rejects.toThrow('no rollout is under way');
  });
});

describe('after a restart', () => {
  it('a rollout in the gate begins the gate again', async () => {
    let gates = 0;
    const gate = () => (++gates === 1 ? new Promise<never>(() => undefined) : Promise.resolve(verdict(true)));
    const world = await proposed({ gate });
    await world.rollout.close();
    await world.start();
    await world.run(2);
    expect(world.view().phase).toBe('shadow');
    await world.start();
    expect(world.view()).toMatchObject({ phase: 'shadow', candidate: CANDIDATE.id });
    expect(world.serving).toEqual({ current: CURRENT });
  });

  it('a canary goes on where nobody was away for long, with a test of its own', async () => {
    const world = await inCanary();
    world.wall += 20_000;
    await world.start();
    expect(world.view()).toMatchObject({ phase: 'canary', share: 0.05 });
    const alphas = world.events.filter(({ kind }) => kind === 'rollout.canary').map(({ data }) => data.alpha);
    expect(alphas).toEqual([0.05 / 2, 0.05 / 6]);
    await world.runUntil('promoted', 3000);
    expect(world.serving).toEqual({ current: CANDIDATE });
  });

  it.each([
    ['nobody watched it for long', 120_000],
    ['the clock was set back', -120_000],
  ])('a canary is withdrawn where %s', async (_, away) => {
    const world = await inCanary();
    world.wall += away;
    await world.start();
    expect(world.last('rolled-back')?.message).toContain('was away for');
    expect(world.serving).toEqual({ current: CURRENT });
  });

  it('a canary is withdrawn where it cannot be written that it goes on', async () => {
    const world = await inCanary();
    world.diskError = new Error('disk full');
    await world.start();
    expect(world.serving).toEqual({ current: CURRENT });
  });

  it('a candidate is given up that the trainer does not survive', async () => {
    const world = await proposed({ gate: () => new Promise<never>(() => undefined) });
    for (let i = 0; i < 4; i++) await world.start();
    expect(world.last('rejected')?.message).toContain('ended 4 times');
  });

  it('a candidate whose file is gone is withdrawn', async () => {
    const world = await inCanary();
    world.models.delete(CANDIDATE.id);
    await world.start();
    expect(world.last('rolled-back')?.message).toContain('cannot be read');
    expect(world.serving).toEqual({ current: CURRENT });
  });

  it('a current model whose file is gone gives way to the one before it', async () => {
    const world = await inCanary();
    await world.rollout.promote(CANDIDATE.id, 'ann');
    world.models.delete(CANDIDATE.id);
    await world.start();
    expect(world.serving).toEqual({ current: CURRENT });
    expect(world.view().current).toBe(CURRENT.id);
  });

  it('a state that nobody can read gives way to the initial model, which is told', async () => {
    const world = await inCanary();
    world.written.push({ version: 7 } as never);
    await world.start();
    expect(world.serving).toEqual({ current: CURRENT });
    expect(world.last('state-lost')).toBeDefined();
  });

  it.each(['gate', 'shadow', 'canary'])(
    'no state of the %s leaves a candidate with traffic unwatched',
    async (phase) => {
      const world = await proposed({ options: { shadow: { ...SHADOW, timeoutMs: 3000 } } });
      await world.run(400, () => world.view().phase === phase);
      for (const state of [...world.written]) {
        world.written.push(state);
        world.wall += 1e6;
        await world.start();
        expect(world.serving?.candidate).toBeUndefined();
      }
    },
  );
});
