import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readModel } from '../../../../trainer/actor/model-card.js';
import { Document } from '../../../../trainer/rollout/registry/document.js';
import { nodeFiles, type Files } from '../../../../trainer/rollout/registry/files.js';
import { Registry } from '../../../../trainer/rollout/registry/registry.js';
import {
  Said,
  TestTerm,
  facts,
  fill,
  model,
  openRegistry,
  origin,
  temporaryFolder,
  wall,
} from './support.js';

const bystander = (dir: string, events = new Said()) => Registry.open(dir, { events, wall });

describe('the registry', () => {
  it('gives back what was added, in another process too', async () => {
    const dir = temporaryFolder();
    const { registry, said } = await openRegistry(dir);
    const { id } = await registry.add(model(1), facts(), origin);
    const entry = await (await bystander(dir)).get(id);
    expect(entry).toMatchObject({
      id,
      serial: 1,
      parent: null,
      createdAt: '2026-03-01T12:00:00.000Z',
      createdBy: 'trainer@test',
      source: 'a test',
      evaluation: null,
      stages: [],
      pinned: false,
      card: { id, algorithm: 'a3c', evaluation: [{ scenario: 'bursts-01', meanMs: 10 }] },
    });
    expect(await (await bystander(dir)).load(id)).toEqual(model(1));
    expect(said.kinds).toEqual(['registry.added']);
  });

  it('leaves a model alone that is added again', async () => {
    const { registry, said } = await openRegistry(temporaryFolder());
    const first = await registry.add(model(1), facts(), origin);
    const again = await registry.add(model(1), facts(), { ...origin, source: 'another' });
    expect(again).toEqual(first);
    expect(await registry.list()).toHaveLength(1);
    expect(said.kinds).toEqual(['registry.added']);
  });

  it('adds once what several ask for at the same time', async () => {
    const { registry } = await openRegistry(temporaryFolder());
    const added = await Promise.all([1, 2, 1, 3].map((seed) => registry.add(model(seed), facts(), origin)));
    expect(added.map(({ serial }) => serial)).toEqual([1, 2, 1, 3]);
  });

  it('refuses a model whose id is not that of its content', async () => {
    const dir = temporaryFolder();
    const { registry } = await openRegistry(dir);
    const alien = { ...model(1), id: 'f'.repeat(32) };
    await expect(registry.add(alien, facts(), origin)).rejects.toThrow(/model id is f+, its content has/);
    expect(readdirSync(join(dir, 'models'))).toEqual([]);
  });

  it('lists the newest first, whatever the clock says', async () => {
    const dir = temporaryFolder();
    let day = 9;
    const back = () => new Date(Date.UTC(2026, 0, day--));
    const registry = await Registry.open(dir, { term: new TestTerm(), events: new Said(), wall: back });
    const ids = await fill(registry, 3);
    expect((await registry.list()).map(({ id }) => id)).toEqual(ids.reverse());
  });

  it('keeps the evaluation and every stage of a model', async () => {
    const dir = temporaryFolder();
    const { registry } = await openRegistry(dir);
    const [id = ''] = await fill(registry, 1);
    await registry.evaluated(id, { p99Ratio: 0.9, rows: [1, 2] });
    await registry.staged(id, 'canary', '5% of the requests');
    await registry.staged(id, 'current', 'p99 0.9 of the one before');
    const { evaluation, stages } = (await (await bystander(dir)).get(id))!;
    expect(evaluation).toEqual({ p99Ratio: 0.9, rows: [1, 2] });
    expect(stages.map(({ stage }) => stage)).toEqual(['canary', 'current']);
    expect(stages[0]).toEqual({ stage: 'canary', at: wall().toISOString(), reason: '5% of the requests' });
  });

  it('loses no stage that comes at the same time as another', async () => {
    const { registry } = await openRegistry(temporaryFolder());
    const [id = ''] = await fill(registry, 1);
    await Promise.all(['a', 'b', 'c', 'd'].map((stage) => registry.staged(id, stage, '')));
    expect((await registry.get(id))?.stages.map(({ stage }) => stage)).toEqual(['a', 'b', 'c', 'd']);
  });

  it('knows nothing of ids that are no ids, paths least of all', async () => {
    const { registry } = await openRegistry(temporaryFolder());
    for (const id of ['', '..', '../models', 'F'.repeat(32), 'f'.repeat(32)]) {
      expect(await registry.get(id)).toBeUndefined();
      await expect(registry.load(id)).rejects.toThrow(/not a model of the registry/);
      await expect(registry.pin(id)).rejects.toThrow(/not a model of the registry/);
    }
  });

  it('lays a card beside the file where other commands look for it', async () => {
    const dir = temporaryFolder();
    const { registry } = await openRegistry(dir);
    const [id = ''] = await fill(registry, 1);
    expect(readModel(join(dir, 'models', id, 'model.weir')).id).toBe(id);
    expect(JSON.parse(readFileSync(join(dir, 'models', id, 'model.json'), 'utf8'))).toMatchObject({ id });
  });
});

describe('pruning', () => {
  it('keeps the newest, the pinned, what documents speak of and what to go back to from there', async () => {
    const dir = temporaryFolder();
    const { registry, term } = await openRegistry(dir);
    const ids = await fill(registry, 9);
    await registry.pin(ids[0]!);
    const schema = z.object({ current: z.string(), candidate: z.string() });
    const document = await Document.open(dir, {
      name: 'rollout',
      schema,
      models: ({ current, candidate }) => [current, candidate],
      term,
      events: new Said(),
    });
    await document.write({ current: ids[3]!, candidate: ids[5]! });
    const gone = await registry.prune(2);
    expect(gone.map(({ id }) => id).sort()).toEqual([ids[1]!, ids[6]!].sort());
    const kept = [0, 2, 3, 4, 5, 7, 8].map((i) => ids[i]!);
    expect((await registry.list()).map(({ id }) => id)).toEqual(kept.reverse());
    expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  });

  it('keeps what the copy speaks of that a document may have to fall back on', async () => {
    const dir = temporaryFolder();
    const { registry, term } = await openRegistry(dir);
    const ids = await fill(registry, 4);
    const schema = z.object({ current: z.string() });
    const models = ({ current }: { current: string }) => [current];
    const options = { name: 'rollout', schema, models, term, events: new Said() };
    const document = await Document.open(dir, options);
    for (const current of [ids[0]!, ids[2]!]) await document.write({ current });
    expect(await registry.prune(0)).toMatchObject([{ id: ids[3] }]);
    await document.write({ current: ids[2]! });
    expect(await registry.prune(0)).toMatchObject([{ id: ids[0] }]);
  });

  it('lets an unpinned model go', async () => {
    const { registry, said } = await openRegistry(temporaryFolder());
    const ids = await fill(registry, 2);
    await registry.pin(ids[0]!);
    await registry.pin(ids[0]!);
    expect(await registry.prune(1)).toEqual([]);
    await registry.unpin(ids[0]!);
    expect((await registry.prune(1)).map(({ id }) => id)).toEqual([ids[0]]);
    expect(said.kinds.slice(2)).toEqual(['registry.pinned', 'registry.unpinned', 'registry.removed']);
  });

  it('sees a pin that another process set', async () => {
    const dir = temporaryFolder();
    const { registry } = await openRegistry(dir);
    const ids = await fill(registry, 2);
    await (await bystander(dir)).pin(ids[0]!);
    expect(await registry.prune(0)).toMatchObject([{ id: ids[1] }]);
  });
});

describe('damage', () => {
  const damages: Record<string, (folder: string) => void> = {
    'a model file cut short': (folder) => writeFileSync(join(folder, 'model.weir'), 'WEIR'),
    'a model file that is gone': (folder) => rmSync(join(folder, 'model.weir')),
    'a card of another': (folder) => writeFileSync(join(folder, 'model.json'), '{}'),
    'an empty record': (folder) => writeFileSync(join(folder, 'record.json'), ''),
    'a changed record': (folder) => {
      const text = readFileSync(join(folder, 'record.json'), 'utf8');
      writeFileSync(join(folder, 'record.json'), text.replace('"serial":1', '"serial":7'));
    },
  };
  it.each(Object.keys(damages))('is put aside by the leader with an event, not fatal: %s', async (name) => {
    const dir = temporaryFolder();
    const [bad, good] = await fill((await openRegistry(dir)).registry, 2);
    damages[name]!(join(dir, 'models', bad!));
    const { registry, said } = await openRegistry(dir);
    expect((await registry.list()).map(({ id }) => id)).toEqual([good]);
    expect(said.kinds).toEqual(['registry.corrupt']);
    expect(said.messages[0]).toContain(`${join(dir, 'models', bad!)} is damaged: `);
    expect(readdirSync(join(dir, 'corrupt'))).toHaveLength(1);
    // The same model comes in again as if it had never been there.
    await registry.add(model(1), facts(), origin);
    expect(await registry.load(bad!)).toEqual(model(1));
  });

  it('is passed over and left where it is by a bystander', async () => {
    const dir = temporaryFolder();
    const [bad] = await fill((await openRegistry(dir)).registry, 1);
    writeFileSync(join(dir, 'models', bad!, 'record.json'), '');
    const said = new Said();
    const registry = await bystander(dir, said);
    expect(await registry.list()).toEqual([]);
    expect(await registry.list()).toEqual([]);
    expect(said.kinds).toEqual(['registry.corrupt']);
    expect(existsSync(join(dir, 'models', bad!))).toBe(true);
  });

  it('is not what a removal in the middle of a read looks like', async () => {
    const dir = temporaryFolder();
    const [id] = await fill((await openRegistry(dir)).registry, 1);
    const removing: Files = {
      ...nodeFiles,
      read: (path) => {
        rmSync(join(dir, 'models', id!), { recursive: true, force: true });
        return nodeFiles.read(path);
      },
    };
    const { registry, said } = await openRegistry(dir, removing);
    expect(await registry.list()).toEqual([]);
    expect(said.kinds).toEqual([]);
  });
});

describe('opening', () => {
  it('sweeps what a killed process left, for the leader alone', async () => {
    const dir = temporaryFolder();
    await fill((await openRegistry(dir)).registry, 1);
    mkdirSync(join(dir, 'tmp', 'half'), { recursive: true });
    writeFileSync(join(dir, 'tmp', 'half', 'model.weir'), 'WE');
    await bystander(dir);
    expect(readdirSync(join(dir, 'tmp'))).toEqual(['half']);
    const { registry } = await openRegistry(dir);
    expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
    expect(await registry.list()).toHaveLength(1);
  });

  it('reads a folder that is no registry yet as an empty one, and leaves it so', async () => {
    const dir = temporaryFolder();
    expect(await (await bystander(dir)).list()).toEqual([]);
    expect(readdirSync(dir)).toEqual([]);
  });
});

describe('a former leader', () => {
  it('changes nothing any more', async () => {
    const dir = temporaryFolder();
    const { registry, term } = await openRegistry(dir);
    const [id = ''] = await fill(registry, 1);
    term.isOver = true;
    await expect(registry.add(model(2), facts(), origin)).rejects.toThrow('the test ended the term');
    await expect(registry.staged(id, 'current', '')).rejects.toThrow('the test ended the term');
    await expect(registry.prune(0)).rejects.toThrow('the test ended the term');
    expect(await (await bystander(dir)).list()).toMatchObject([{ id, stages: [] }]);
    expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  });

  it('does not put in place what it was writing when its term ended', async () => {
    const dir = temporaryFolder();
    const term = new TestTerm();
    const slow: Files = {
      ...nodeFiles,
      create: async (path, content) => {
        await nodeFiles.create(path, content);
        term.isOver = true;
      },
    };
    const { registry } = await openRegistry(dir, slow, term);
    await expect(registry.add(model(1), facts(), origin)).rejects.toThrow('the test ended the term');
    expect(readdirSync(join(dir, 'models'))).toEqual([]);
    expect(readdirSync(join(dir, 'tmp'))).toEqual([]);
  });
});

describe('the order on the disk', () => {
  it('is content, then name, then the folder of the name', async () => {
    const calls: string[] = [];
    const dir = temporaryFolder();
    const short = (path: string) =>
      path
        .slice(dir.length + 1)
        .replace(/[0-9a-f-]{36}/, 'PART')
        .replace(/[0-9a-f]{32}/, 'ID');
    const noted: Files = {
      ...nodeFiles,
      create: (path, content) => (calls.push(`create ${short(path)}`), nodeFiles.create(path, content)),
      sync: (path) => (calls.push(`sync ${short(path)}`), nodeFiles.sync(path)),
      rename: (from, to) => (calls.push(`rename ${short(from)} ${short(to)}`), nodeFiles.rename(from, to)),
    };
    const { registry } = await openRegistry(dir, noted);
    calls.length = 0;
    const { id } = await registry.add(model(1), facts(), origin);
    expect(calls).toEqual([
      ...['model.weir', 'model.json', 'record.json'].flatMap((name) => [
        `create tmp/PART/${name}`,
        `sync tmp/PART/${name}`,
      ]),
      'sync tmp/PART',
      'rename tmp/PART models/ID',
      'sync models',
    ]);
    calls.length = 0;
    await registry.staged(id, 'current', '');
    expect(calls).toEqual([
      'create tmp/PART',
      'sync tmp/PART',
      'rename tmp/PART models/ID/record.json',
      'sync models/ID',
    ]);
  });
});
