// scripts/tools.mjs in a copy of its own: what it says and leaves where a part cannot be had.
import { spawnSync } from 'node:child_process';
import { chmod, cp, mkdtemp, mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';

const SCRIPTS = join(import.meta.dirname, '../../../scripts');

async function checkout() {
  const root = await mkdtemp(join(tmpdir(), 'weir-setup-tools-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await cp(SCRIPTS, join(root, 'scripts'), { recursive: true });
  const cache = join(root, 'cache');
  const run = (env: NodeJS.ProcessEnv) => {
    const script = join(root, 'scripts/tools.mjs');
    const { status, stderr } = spawnSync(process.execPath, [script], {
      encoding: 'utf8',
      env: { ...process.env, WEIR_CACHE: cache, ...env },
    });
    return { status, lines: stderr.trim().split('\n') };
  };
  const found = async (): Promise<unknown> =>
    JSON.parse(await readFile(join(root, 'build/tools.json'), 'utf8'));
  return { root, cache, run, found };
}

it('says in one line why there is no Jaeger and what follows, and leaves no half of a build', async () => {
  const { root, cache, run, found } = await checkout();
  const nothing = { GOMODCACHE: join(root, 'modules'), GOCACHE: join(root, 'go'), GOPROXY: 'off' };
  const { status, lines } = run({ ...nothing, GOFLAGS: '-modcacherw' });
  expect(status).toBe(1);
  expect(lines).toHaveLength(2);
  expect(lines[0]).toContain('building jaeger');
  expect(lines[1]).toMatch(/^weir: no jaeger, so tests of the tracing will fail: go build: .*GOPROXY=off/);
  expect(await readdir(cache)).toEqual([]);
  expect(await found()).not.toHaveProperty('jaeger');
  expect(await found()).toHaveProperty('prometheus');
});

it('takes the first program of a name on PATH', async () => {
  const { root, run, found } = await checkout();
  const bin = join(root, 'bin');
  await mkdir(bin);
  for (const name of ['promtool', 'go']) {
    await writeFile(join(bin, name), '#!/bin/sh\nexit 3\n');
    await chmod(join(bin, name), 0o755);
  }
  const { status, lines } = run({ PATH: `${bin}:${process.env.PATH}` });
  expect({ status, lines }).toEqual({
    status: 1,
    lines: ['weir: no jaeger, so tests of the tracing will fail: go: exit 3'],
  });
  expect(await found()).toMatchObject({ promtool: join(bin, 'promtool') });
});
