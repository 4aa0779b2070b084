import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { compiledScript } from '../../../trainer/mesh/apps/child-process.js';
import { EnvoyFilePublisher } from '../../../trainer/publish/envoy-file.js';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-envoy-file-'));
  path = join(folder, 'client.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** As long as two of the largest models. */
const MODEL = 'A'.repeat(43_692);

const publisher = () => new EnvoyFilePublisher({ path, role: 'client', plugin: '/opt/plugin.wasm' });
interface Configuration {
  readonly n: number;
  readonly model: string;
}
interface Answer {
  readonly resources: readonly [{ typed_config: { config: { configuration: { value: string } } } }];
}
const published = async (): Promise<number> => {
  const answer = JSON.parse(await readFile(path, 'utf8')) as Answer;
  const { n, model } = JSON.parse(
    answer.resources[0].typed_config.config.configuration.value,
  ) as Configuration;
  expect(model).toBe(MODEL);
  return n;
};

it('keeps the file on a full disk, and goes on when there is room', async () => {
  const one = publisher();
  await one.publish({ n: 1, model: MODEL });
  // Whatever the next temporary files are numbered: all writes to them fail with ENOSPC.
  const full = Array.from({ length: 100 }, (_, i) => join(folder, `.client.json.${process.pid}.${i + 1}`));
  await Promise.all(full.map((name) => symlink('/dev/full', name)));
  await expect(one.publish({ n: 2, model: MODEL })).rejects.toThrow('ENOSPC');
  expect(await readdir(folder)).toHaveLength(full.length);
  expect(await published()).toBe(1);
  await Promise.all(full.map((name) => rm(name, { force: true })));
  await one.publish({ n: 3, model: MODEL });
  expect(await published()).toBe(3);
  expect(await readdir(folder)).toEqual(['client.json']);
});

it.each([
  ['opened', 1],
  ['half written', 1],
  ['written', 1],
  ['synced', 1],
  ['closed', 1],
  ['renamed', 2],
])(
  'shows a whole file when its process is killed once it has %s it, and clears up after it',
  async (step, n) => {
    await publisher().publish({ n: 1, model: MODEL });
    const script = compiledScript(import.meta.url, '../../../trainer/publish/envoy-file.js');
    const killed = fileURLToPath(new URL('envoy-file-killed.mjs', import.meta.url));
    const child = fork(killed, [script, path, step, MODEL], { execArgv: [] });
    const [, signal] = await once(child, 'exit');
    expect(signal).toBe('SIGKILL');
    expect(await published()).toBe(n);
    expect(await readdir(folder)).toHaveLength(step === 'renamed' ? 1 : 2);
    await publisher().publish({ n: 3, model: MODEL });
    expect(await published()).toBe(3);
    expect(await readdir(folder)).toEqual(['client.json']);
  },
);

it('leaves alone what another live process is writing, and files of other names', async () => {
  const others = [
    `.client.json.${process.ppid}.1`,
    '.client.json.backup',
    '.server.json.999999999.1',
    'notes',
  ];
  await Promise.all(others.map((name) => writeFile(join(folder, name), '')));
  await publisher().publish({ n: 1, model: MODEL });
  expect((await readdir(folder)).sort()).toEqual([...others, 'client.json'].sort());
});
