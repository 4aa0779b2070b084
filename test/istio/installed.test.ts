// `weir install` as people run it, at a real API server: its exit codes, and what the trainer then may do.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { startCluster, weirInstall } from './install/cluster.js';

const url = 'oci://registry.example/weir/plugin:0.1.0';
const SHOP = { plugin: { url }, mesh: [{ namespace: 'shop', services: [{ name: 'catalog', port: 80 }] }] };

let api: ApiServer;
beforeAll(async () => {
  api = await startCluster('shop', 'warehouse');
  expect(await weirInstall(api, SHOP)).toMatchObject({ code: 0, err: '' });
}, 120_000);
afterAll(() => api?.stop());

describe('the exit code of --diff', () => {
  it('is 0 where nothing would change', async () => {
    expect(await weirInstall(api, SHOP, '--diff')).toEqual({ code: 0, out: '', err: '' });
  });

  it('is 1 where something would, and nothing has', async () => {
    const changed = { ...SHOP, plugin: { url, priority: 7 } };
    const diff = await weirInstall(api, changed, '--diff');
    expect(diff).toMatchObject({ code: 1, err: '' });
    expect(diff.out).toContain('+++ WasmPlugin shop/weir-client (installed)');
    expect(diff.out.match(/^[-+] .*$/gm)).toEqual(Array(2).fill(['-  priority: 0', '+  priority: 7']).flat());
    expect(await weirInstall(api, changed, '--diff')).toEqual(diff);
  });

  it('is 2 where the values are wrong', async () => {
    expect(await weirInstall(api, { replicas: 0 }, '--diff')).toMatchObject({ code: 2, out: '' });
  });
});

describe('the trainer', () => {
  const can = async (...what: readonly string[]): Promise<boolean> => {
    const as = ['--as', 'system:serviceaccount:weir-system:weir-trainer'];
    return (await api.kubectl(['auth', 'can-i', ...what, ...as]).catch(() => 'no')).trim() === 'yes';
  };
  const client = 'wasmplugins.extensions.istio.io/weir-client';

  it.each(['get', 'patch'])('may %s the filter that it publishes to', async (verb) => {
    expect(await can(verb, client, '-n', 'shop')).toBe(true);
  });

  it.each([
    ['get', client, '-n', 'warehouse'],
    ['delete', client, '-n', 'shop'],
    ['patch', 'wasmplugins.extensions.istio.io/weir-server', '-n', 'shop'],
    ['list', 'wasmplugins.extensions.istio.io', '-n', 'shop'],
    ['create', 'wasmplugins.extensions.istio.io', '-n', 'shop'],
    ['get', 'secrets', '-n', 'weir-system'],
    ['list', 'endpointslices', '-n', 'shop'],
    ['list', 'pods', '-n', 'shop'],
  ])('may not %s %s %s %s', async (...what) => {
    expect(await can(...what)).toBe(false);
  });
});
