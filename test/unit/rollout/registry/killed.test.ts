// kill -9 at every step of every operation: the old state is there, or the new one.
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { Document } from '../../../../trainer/rollout/registry/document.js';
import { TestTerm, facts, model, openRegistry, origin, temporaryFolder } from './support.js';

const SCRIPT = fileURLToPath(new URL('operate.mjs', import.meta.url));
const shape = {
  name: 'rollout',
  schema: z.object({ current: z.string() }),
  models: ({ current }: { current: string }) => [current],
};

/** The file system calls that change something; undefined where it was killed. */
function operate(dir: string, operation: string, epoch: number, killAt = 0): Promise<string[] | undefined> {
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [SCRIPT, dir, operation, `${epoch}`, `${killAt}`], (error, stdout, stderr) => {
      if (!error) resolve(JSON.parse(stdout) as string[]);
      else if (error.signal === 'SIGKILL') resolve(undefined);
      else reject(new Error(stderr));
    });
  });
}

/** Four models, the second pinned, the fourth in use, and what a killed process left. */
async function prepare(): Promise<string> {
  const dir = temporaryFolder();
  const { registry, said, term } = await openRegistry(dir);
  for (let seed = 1; seed <= 4; seed++) await registry.add(model(seed), facts(), origin);
  await registry.pin(model(2).id);
  const document = await Document.open(dir, { ...shape, term, events: said });
  await document.write({ current: model(4).id });
  mkdirSync(join(dir, 'tmp', 'left'));
  writeFileSync(join(dir, 'tmp', 'left', 'model.weir'), 'WEIR');
  return dir;
}

interface State {
  /** By id, as text. */
  readonly models: ReadonlyMap<string, string>;
  readonly current: string | undefined;
}

/** Opens what is there as the next leader does. Everything must be whole, and nothing be left over. */
async function recover(dir: string, epoch = 3): Promise<State> {
  const { registry, said, term } = await openRegistry(dir, undefined, new TestTerm(epoch));
  const document = await Document.open(dir, { ...shape, term, events: said });
  const entries = await registry.list();
  for (const { id } of entries) await registry.load(id);
  expect(said.messages).toEqual([]);
  expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  expect(existsSync(join(dir, 'corrupt'))).toBe(false);
  const models = new Map(entries.map((entry) => [entry.id, JSON.stringify(entry)]));
  return { models, current: document.value?.current };
}

const copy = (from: string): string => {
  const to = temporaryFolder();
  cpSync(from, to, { recursive: true });
  return to;
};

const OPERATIONS = ['open', 'take-over', 'add', 'stage', 'pin', 'unpin', 'prune', 'write'];

describe('a process that is killed at any step', () => {
  it.each(OPERATIONS)('leaves the old state or the new one, and can be run again: %s', async (operation) => {
    const base = await prepare();
    const before = await recover(copy(base));
    const whole = copy(base);
    const calls = (await operate(whole, operation, 2))!;
    const after = await recover(whole);
    expect(calls).not.toEqual([]);
    if (operation !== 'open' && operation !== 'take-over') expect(after).not.toEqual(before);
    const kills = calls.flatMap((call, i) => (call === 'create' ? [i + 1, i + 1.5] : [i + 1]));
    for (const killAt of kills) {
      const dir = copy(base);
      const which = `call ${killAt} of ${calls.join(', ')}`;
      expect(await operate(dir, operation, 2, killAt), which).toBeUndefined();
      const found = await recover(dir);
      if (operation === 'prune') expectBetween(found, before, after);
      else expect([before, after], which).toContainEqual(found);
      if (killAt !== Math.ceil(calls.length / 2)) continue;
      await operate(dir, operation, 4);
      expect(await recover(dir, 5)).toEqual(after);
    }
  });
});

/** Several models go one by one, and each of them at once. */
function expectBetween(found: State, before: State, after: State): void {
  for (const [id, text] of found.models) expect(before.models.get(id)).toBe(text);
  for (const id of after.models.keys()) expect(found.models.has(id)).toBe(true);
  expect(found.current).toBe(before.current);
}
