// What is kept of rounds of learning: real ones, of seconds, between a registry and a rollout in a few lines of memory.
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Model } from '../../../trainer/actor/model.js';
import { packageParts } from '../../../trainer/cli/trainer-parts.js';
import { TrainingLog } from '../../../trainer/learning/training-log.js';
import type { Registry } from '../../../trainer/rollout/registry/registry.js';
import type { Rollout } from '../../../trainer/rollout/rollout.js';
import { Learning, type LearningParts } from '../../../trainer/service/learning.js';

const { initial, critic, validation } = packageParts();

function begin(learnMs: number, twins: LearningParts['twins'] = () => validation.slice(0, 1)) {
  const training = new TrainingLog();
  const proposed: Model[] = [];
  const registry = { load: async () => initial, add: async () => {} } as unknown as Registry;
  const rollout = {
    view: () => ({ phase: 'idle', coolDownMs: 0, current: initial.id }),
    propose: async (model: Model) => void proposed.push(model),
  } as unknown as Rollout;
  const learning = new Learning(
    {
      ...{ registry, rollout, critic, training, twins },
      events: { emit: () => {} },
      logged: () => [],
      wallNow: () => Date.UTC(2026, 0, 2),
    },
    { everyMs: 60_000, learnMs, cpuShare: 1, families: 0.3 },
    0,
  );
  onTestFinished(() => learning.close());
  learning.tick(0);
  const round = () => training.rounds()[0];
  return { learning, proposed, round };
}

describe('a round of learning', () => {
  it('is kept with its points while it learns, and with its model when that was proposed', async () => {
    const { proposed, round } = begin(6000);
    expect(round()).toMatchObject({ round: 1, state: 'learning', parent: initial.id, model: null });
    await expect.poll(() => round()!.points.length, { timeout: 30_000 }).toBeGreaterThan(0);
    await expect.poll(() => round()!.state, { timeout: 30_000 }).toBe('proposed');
    expect(round()!.model).toBe(proposed[0]!.id);
    expect(round()!.begunAt).toBe('2026-01-02T00:00:00.000Z');
    const { seconds, decisions, entropy } = round()!.points.at(-1)!;
    expect([seconds > 0, decisions > 0, entropy! > 0]).toEqual([true, true, true]);
  }, 90_000);

  it('is kept as aborted where the trainer ends before it', async () => {
    const { learning, round } = begin(600_000);
    await learning.close();
    expect(round()).toMatchObject({ state: 'aborted', model: null });
  }, 60_000);

  it('is kept as failed where it could not learn', async () => {
    const broken = { ...validation[0]!, services: [] };
    const { proposed, round } = begin(600_000, () => [broken]);
    await expect.poll(() => round()!.state, { timeout: 30_000 }).toBe('failed');
    expect(proposed).toEqual([]);
  }, 60_000);
});
