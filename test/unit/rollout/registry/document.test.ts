import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { readDocument } from '../../../../trainer/rollout/registry/document-copies.js';
import { Document } from '../../../../trainer/rollout/registry/document.js';
import { nodeFiles, type Files } from '../../../../trainer/rollout/registry/files.js';
import { Said, TestTerm, openRegistry, temporaryFolder } from './support.js';

const schema = z.object({ current: z.string(), share: z.number().max(1) });
const shape = { name: 'rollout', schema, models: ({ current }: z.infer<typeof schema>) => [current] };

async function open(dir: string, term = new TestTerm(), files: Files = nodeFiles) {
  const said = new Said();
  await openRegistry(dir, files, term);
  return { document: await Document.open(dir, { ...shape, term, events: said, files }), said };
}
const copies = (dir: string) => readdirSync(join(dir, 'documents/rollout')).sort();

describe('a document', () => {
  it('is not there before it was written, and outlives its writer', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    expect(document.value).toBeUndefined();
    expect(await readDocument(dir, shape)).toBeUndefined();
    await document.write({ current: 'a', share: 0 });
    await document.write({ current: 'b', share: 0.5 });
    expect(document.value).toEqual({ current: 'b', share: 0.5 });
    expect(await readDocument(dir, shape)).toEqual({ current: 'b', share: 0.5 });
    expect((await open(dir)).document.value).toEqual({ current: 'b', share: 0.5 });
  });

  it('keeps the copy before the newest, and no more', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    for (let i = 1; i <= 12; i++) await document.write({ current: `${i}`, share: 0 });
    expect(copies(dir)).toEqual(['1-11.json', '1-12.json']);
  });

  it('falls back on the copy before where the newest is damaged, and puts that aside', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    await document.write({ current: 'a', share: 0 });
    await document.write({ current: 'b', share: 0 });
    writeFileSync(join(dir, 'documents/rollout/1-2.json'), '{"crc');
    expect(await readDocument(dir, shape)).toEqual({ current: 'a', share: 0 });
    const { document: next, said } = await open(dir);
    expect(next.value).toEqual({ current: 'a', share: 0 });
    expect(said.kinds).toEqual(['document.corrupt']);
    expect(readdirSync(join(dir, 'corrupt'))[0]).toMatch(/^1-2\.json\./);
    await next.write({ current: 'c', share: 0 });
    expect(await readDocument(dir, shape)).toEqual({ current: 'c', share: 0 });
  });

  it('starts anew, and says so, where no copy is whole', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    await document.write({ current: 'a', share: 0 });
    await document.write({ current: 'b', share: 0 });
    for (const name of copies(dir)) writeFileSync(join(dir, 'documents/rollout', name), '');
    const { document: next, said } = await open(dir);
    expect(next.value).toBeUndefined();
    expect(said.kinds).toEqual(['document.corrupt', 'document.corrupt']);
  });

  it('tells damage at any byte', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    await document.write({ current: 'a', share: 0.25 });
    const path = join(dir, 'documents/rollout/1-1.json');
    const bytes = readFileSync(path);
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes);
      damaged[at]! ^= 1;
      writeFileSync(path, damaged);
      expect(await readDocument(dir, shape), `byte ${at}`).toBeUndefined();
    }
  });

  it('refuses a value that could not be read again, and keeps the one before', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    await document.write({ current: 'a', share: 0 });
    await expect(document.write({ current: 'b', share: NaN })).rejects.toThrow(/^share: /);
    await expect(document.write({ current: 'b', share: 2 })).rejects.toThrow(/^share: /);
    expect(document.value).toEqual({ current: 'a', share: 0 });
    expect(await readDocument(dir, shape)).toEqual({ current: 'a', share: 0 });
  });

  it('takes writes in the order of the calls', async () => {
    const dir = temporaryFolder();
    const { document } = await open(dir);
    await Promise.all(['a', 'b', 'c'].map((current) => document.write({ current, share: 0 })));
    expect(document.value?.current).toBe('c');
    expect((await readDocument(dir, shape))?.current).toBe('c');
  });
});

describe('a former leader', () => {
  it('cannot write', async () => {
    const dir = temporaryFolder();
    const term = new TestTerm(1);
    const { document } = await open(dir, term);
    await document.write({ current: 'a', share: 0 });
    term.isOver = true;
    await expect(document.write({ current: 'b', share: 0 })).rejects.toThrow('the test ended the term');
    expect(copies(dir)).toEqual(['1-1.json']);
  });

  it('is overruled even where it was stopped right before the rename, and is told so', async () => {
    const dir = temporaryFolder();
    const term = new TestTerm(1);
    let pass!: () => void;
    const gate = new Promise<void>((resolve) => (pass = resolve));
    let reached!: () => void;
    const stopped = new Promise<void>((resolve) => (reached = resolve));
    let isArmed = false;
    const stopping: Files = {
      ...nodeFiles,
      rename: async (from, to) => {
        if (isArmed) {
          reached();
          await gate;
        }
        await nodeFiles.rename(from, to);
      },
    };
    const { document: former } = await open(dir, term, stopping);
    await former.write({ current: 'a', share: 0 });
    isArmed = true;
    const late = former.write({ current: 'late', share: 0 });
    late.catch(() => undefined);
    await stopped;

    // The next leader does not sweep here: a part that is gone would end the late write in another way.
    const next = await Document.open(dir, { ...shape, term: new TestTerm(2), events: new Said() });
    expect(next.value).toEqual({ current: 'a', share: 0 });
    term.isOver = true;
    pass();
    await expect(late).rejects.toThrow('the test ended the term');
    expect(copies(dir)).toContain('1-2.json');
    expect(await readDocument(dir, shape)).toEqual({ current: 'a', share: 0 });
    await next.write({ current: 'b', share: 0 });
    expect(await readDocument(dir, shape)).toEqual({ current: 'b', share: 0 });
    expect(copies(dir)).toEqual(['2-2.json', '2-3.json']);
  });
});
