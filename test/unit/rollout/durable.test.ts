// The rollout on the registry's folder, as the trainer runs it.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Document } from '../../../trainer/rollout/registry/document.js';
import { Registry } from '../../../trainer/rollout/registry/registry.js';
import { LiveRecords } from '../../../trainer/rollout/live-records.js';
import { Rollout } from '../../../trainer/rollout/rollout.js';
import type { Serving } from '../../../trainer/rollout/serving.js';
import { rolloutDocument } from '../../../trainer/rollout/state.js';
import { random } from './traffic.js';
import { CANDIDATE, CURRENT, verdict } from './world.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-rollout-'));
});
afterEach(() => rm(folder, { recursive: true }));

const events = { emit: () => undefined };
const FACTS = {
  parent: null,
  algorithm: 'none',
  hyperparameters: {},
  seed: 1,
  scenarios: [],
  evaluation: [],
  created: '2026-01-01T00:00:00.000Z',
};

async function trainer(epoch: number) {
  const term = { epoch, check: async () => undefined };
  const registry = await Registry.open(folder, { term, events, wall: () => new Date(0) });
  const document = await Document.open(folder, { ...rolloutDocument, term, events });
  const served: Serving[] = [];
  const rollout = await Rollout.open({
    initial: CURRENT,
    publisher: { serve: async (serving) => void served.push(serving) },
    events,
    store: { read: () => document.value, write: (state) => document.write(state) },
    models: registry,
    records: new LiveRecords(random(1)),
    gate: async () => verdict(true, ['no twin yet']),
    onHarm: () => undefined,
    now: () => 0,
    wallNow: () => 1.8e12,
  });
  return { registry, rollout, served };
}

it('remembers over restarts what serves, what is tried, and how it was judged', async () => {
  const first = await trainer(1);
  await first.registry.add(CANDIDATE, FACTS, { createdBy: 'ann', source: 'a test' });
  await first.rollout.propose(CANDIDATE, { by: 'ann' });
  await first.rollout.tick(0);
  expect((await first.registry.get(CANDIDATE.id))?.evaluation).toMatchObject({ passed: true });
  expect(await first.registry.prune(0)).toEqual([]);

  const second = await trainer(2);
  expect(second.rollout.view(0)).toMatchObject({ phase: 'shadow', candidate: CANDIDATE.id, by: 'ann' });
  await second.rollout.abort('ann');
  await second.rollout.propose(CANDIDATE, { by: 'ann', force: true });
  expect(second.served.at(-1)?.candidate?.model.id).toBe(CANDIDATE.id);
  await second.rollout.rollback('ann', 'enough');
  expect((await second.registry.get(CANDIDATE.id))?.stages.map(({ stage }) => stage)).toEqual([
    'aborted',
    'rolled-back',
  ]);

  const third = await trainer(3);
  expect(third.served).toEqual([{ current: CURRENT }]);
});
