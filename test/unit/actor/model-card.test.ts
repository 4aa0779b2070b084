import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { cardPath, readModel, writeModel } from '../../../trainer/actor/model-card.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';

const facts = {
  parent: null,
  algorithm: 'untrained',
  hyperparameters: { temperature: 0.2 },
  seed: 1,
  scenarios: ['uneven-burst'],
  evaluation: [
    {
      scenario: 'uneven-burst',
      policy: 'actor',
      seed: 7,
      requests: 20000,
      meanMs: 10.5,
      p99Ms: 59,
      p50Ms: 6,
    },
  ],
  created: '2026-01-01T00:00:00.000Z',
};
let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'weir-card-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

it('a model is written with its card beside it and read back', () => {
  const model = untrainedModel();
  const path = join(folder, 'models/first.weir');
  const card = writeModel(path, model, facts);
  expect(readModel(path)).toEqual(model);
  expect(card).toEqual({ ...facts, id: model.id, size: readFileSync(path).length });
  expect(JSON.parse(readFileSync(join(folder, 'models/first.json'), 'utf8'))).toEqual(card);
  expect(readdirSync(join(folder, 'models')).sort()).toEqual(['first.json', 'first.weir']);
});

it('a file that is no model is named in the error', () => {
  const path = join(folder, 'bad.weir');
  writeFileSync(path, 'not a model');
  expect(() => readModel(path)).toThrow(`${path}: length is 11 bytes, the header alone is 40`);
});

it('a model path without suffix gets a card beside it all the same', () => {
  expect([cardPath('a/b.weir'), cardPath('a/b')]).toEqual(['a/b.json', 'a/b.json']);
});
