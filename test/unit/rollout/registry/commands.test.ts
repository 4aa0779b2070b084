import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { z } from 'zod';
import { UsageError } from '../../../../trainer/cli/errors.js';
import { addRegistryCommands } from '../../../../trainer/cli/registry.js';
import { lead } from '../../../../trainer/rollout/leader/lead.js';
import { Document } from '../../../../trainer/rollout/registry/document.js';
import { Said, facts, fill, model, openRegistry, temporaryFolder, type Opened } from './support.js';

let dir: string;
let opened: Opened;
let ids: string[];
let out: string;
let err: string;
beforeEach(async () => {
  dir = temporaryFolder();
  opened = await openRegistry(dir);
  ids = await fill(opened.registry, 4);
  [out, err] = ['', ''];
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => ((out += String(text)), true));
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((err += String(text)), true));
});
afterEach(() => {
  vi.restoreAllMocks();
});

async function weirModel(...args: readonly string[]): Promise<void> {
  const command = new Command('model').exitOverride();
  addRegistryCommands(command);
  // Sub-commands took the setting over when they were made.
  await command.parseAsync([...args, '--data', dir], { from: 'user' });
}
const serve = async (current: string) => {
  const document = await Document.open(dir, {
    name: 'rollout',
    schema: z.object({ current: z.string() }),
    models: (value) => [value.current],
    term: opened.term,
    events: new Said(),
  });
  await document.write({ current });
};

describe('weir model list', () => {
  it('shows the models with what keeps them', async () => {
    await serve(ids[2]!);
    await opened.registry.pin(ids[0]!);
    await opened.registry.staged(ids[2]!, 'current', 'a test');
    await weirModel('list');
    const lines = out.split('\n').filter((line) => ids.some((id) => line.includes(id)));
    expect(lines.map((line) => ids.findIndex((id) => line.includes(id)))).toEqual([3, 2, 1, 0]);
    expect(lines[1]).toMatch(/current.*in use/);
    expect(lines[3]).toContain('pinned');
  });

  it('writes JSON to stdout and nothing else, or to a file', async () => {
    await weirModel('list', '--json', '-');
    expect(JSON.parse(out).models).toMatchObject(
      ids.map((id) => ({ id, pinned: false, inUse: false })).reverse(),
    );
    await weirModel('list', '--json', join(dir, 'models.out'));
    expect(JSON.parse(readFileSync(join(dir, 'models.out'), 'utf8')).models).toHaveLength(4);
  });

  it('says which model is damaged, and shows the others', async () => {
    writeFileSync(join(dir, 'models', ids[1]!, 'record.json'), '');
    await weirModel('list', '--json', '-');
    expect(JSON.parse(out).models).toHaveLength(3);
    expect(err).toContain(`${join(dir, 'models', ids[1]!)} is damaged: record.json: `);
  });

  it('shows an empty folder as such', async () => {
    dir = temporaryFolder();
    await weirModel('list');
    expect(out).toBe('no models\n');
  });
});

describe('weir model diff', () => {
  it('takes the beginning of ids and puts two models side by side', async () => {
    const better = { ...facts(), hyperparameters: { learningRate: 0.01 } };
    const row = { ...better.evaluation[0]!, p99Ms: 25 };
    const { id } = await opened.registry.add(
      model(9),
      { ...better, evaluation: [row] },
      { createdBy: 'me', source: 'hand' },
    );
    await weirModel('diff', ids[0]!.slice(0, 8), id.slice(0, 8));
    expect(out).toMatch(/learningRate.*0\.005.*0\.01/);
    expect(out).toMatch(/bursts-01, actor, seed 7.*10\.0.*10\.0.*1\.000.*50\.0.*25\.0.*0\.500/);
    expect(out).toMatch(/weight distance: layer1 [\d.]+, layer2 [\d.]+, output 0\.00\n/);
  });
});

describe('weir model pin and unpin', () => {
  it('mark a model while a trainer leads', async () => {
    const leadership = lead(dir, { now: () => performance.now(), events: new Said() });
    await leadership.whenLeading;
    await weirModel('pin', ids[0]!);
    expect((await opened.registry.get(ids[0]!))?.pinned).toBe(true);
    await weirModel('unpin', ids[0]!);
    expect((await opened.registry.get(ids[0]!))?.pinned).toBe(false);
    expect(out).toBe(`${ids[0]}: pinned\n${ids[0]}: not pinned\n`);
    await leadership.release();
  });

  it.each(['abc', 'ffffffff', '../..'])('name the folder and the id that is none: %s', async (id) => {
    const message = `${dir}: ${JSON.stringify(id)}: no model has this id; \`weir model list\` shows them`;
    await expect(weirModel('pin', id)).rejects.toThrow(new UsageError(message));
  });
});

describe('weir model prune', () => {
  it('removes the old ones but what serves and its parent, and leaves the lead free', async () => {
    await serve(ids[1]!);
    await weirModel('prune', '--keep', '1', '--json', '-');
    expect(JSON.parse(out)).toEqual({ removed: [ids[2]], kept: 3 });
    const leadership = lead(dir, { now: () => performance.now(), events: new Said() });
    await leadership.whenLeading;
    await leadership.release();
  });

  it('refuses while a trainer leads, and names it', async () => {
    const leadership = lead(dir, { now: () => performance.now(), events: new Said(), beatMs: 50 });
    await leadership.whenLeading;
    await expect(weirModel('prune', '--keep', '1')).rejects.toThrow(
      new RegExp(`^${dir}: process ${process.pid} on .* leads; .* Stop the trainer first`),
    );
    expect(await opened.registry.list()).toHaveLength(4);
    await leadership.release();
  });

  it.each(['-1', '1.5', 'x'])('wants a whole number: %s', async (keep) => {
    await expect(weirModel('prune', '--keep', keep)).rejects.toThrow(/--keep <n>.*Expected a whole number/);
  });
});

describe('--data', () => {
  it('has to be a folder', async () => {
    dir = join(dir, 'nowhere');
    await expect(weirModel('list')).rejects.toThrow(/--data <dir>.*There is no folder/);
  });
});
