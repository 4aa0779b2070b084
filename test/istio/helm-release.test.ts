// The chart as a release on a real API server: what the trainer published stays, and what opted in by label is found.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { toolPath } from '../../bench/cluster/tool-path.js';
import { packageRoot } from '../../trainer/cli/package-root.js';
import { modelBase64 } from '../plugin/support/fixtures.js';
import { MODEL } from '../unit/install/render.js';
import { MONITORED, VALUE_SETS } from '../unit/install/value-sets.js';
import { AWKWARD_VALUES } from './install/awkward-values.js';
import {
  liveConfig,
  namespace,
  program,
  publish,
  startCluster,
  valuesFile,
  weirInstall,
} from './install/cluster.js';
import { CHART, parsedManifests } from './install/manifests.js';

const url = 'oci://registry.example/weir/plugin:0.1.0';
const SHOP = { plugin: { url }, mesh: [{ namespace: 'shop', services: [{ name: 'catalog', port: 80 }] }] };
const STRICT = ['--server-side', '--dry-run=server', '--validate=strict', '--output=name', '-f', '-'];

let api: ApiServer;
beforeAll(async () => {
  api = await startCluster('weir-system', 'balancing', 'istio-system', 'shop', 'stock', '1234');
}, 120_000);
afterAll(() => api?.stop());

/** @throws {Error} with what helm complained of */
async function helm(command: readonly string[], values: object): Promise<string> {
  const args = [...command, CHART, '--namespace', 'weir-system', '--values', await valuesFile(api, values)];
  const { code, out, err } = await program(toolPath('helm'), args, api);
  if (code !== 0) throw new Error(err);
  return out;
}

describe('a release', () => {
  const model = modelBase64({ seed: 1 });
  const candidate = { model: modelBase64({ seed: 2 }), share: 0.05 };
  const told = () => liveConfig(api, 'shop');

  it('is installed, and says what it balances', async () => {
    const said = await helm(['install', 'weir'], SHOP);
    expect(said).toContain('catalog.shop:80 (http)');
    expect(await told()).toMatchObject({ role: 'client', model: MODEL });
  });

  it('leaves the trainer its models when it is upgraded, whatever changes beside them', async () => {
    const { model: _first, ...config } = await told();
    await publish(api, 'shop', { ...config, model, candidate });
    const catalog = { name: 'catalog', port: 80 };
    const more = { ...SHOP, mesh: [{ namespace: 'shop', services: [catalog, { name: 'cart', port: 80 }] }] };
    await helm(['upgrade', 'weir'], { ...more, plugin: { url, priority: 7 } });
    const clusters = ['catalog', 'cart'].map((name) => `outbound|80||${name}.shop.svc.cluster.local`);
    expect(await told()).toEqual({ ...config, clusters, model, candidate });
    // Neither became Helm's: the trainer goes on, and takes the candidate away.
    await publish(api, 'shop', { ...config, clusters, model: candidate.model });
    expect(await told()).toEqual({ ...config, clusters, model: candidate.model });
  });

  it('begins with the first model where it adds a namespace', async () => {
    const stock = { namespace: 'stock', services: [] };
    await helm(['upgrade', 'weir'], { ...SHOP, mesh: [...SHOP.mesh, stock] });
    expect(await told()).toMatchObject({ model: candidate.model });
    expect(await liveConfig(api, 'stock')).toMatchObject({ model: MODEL });
  });

  it('is gone as a whole', async () => {
    const { code } = await program(toolPath('helm'), ['uninstall', 'weir', '-n', 'weir-system'], api);
    expect(code).toBe(0);
    const kinds = ['wasmplugin', 'envoyfilter', 'role', 'rolebinding', 'deployment', 'configmap'].join(',');
    const left = await api.kubectl(['get', kinds, '-A', '-l', 'app.kubernetes.io/part-of=weir', '-o=name']);
    expect(left).toBe('');
  });
});

it('finds who opted in by label, as weir install does', async () => {
  const enabled = { 'weir.dev/balance': 'enabled' };
  const service = (name: string, within: string, labels: object, ports: readonly object[]) => ({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: within, labels },
    spec: { ports },
  });
  await api.apply(
    ...[
      namespace('market', enabled),
      namespace('bazaar', enabled),
      namespace('closed', { 'weir.dev/balance': 'disabled' }),
    ],
    service('fruit', 'market', enabled, [
      { name: 'http-web', port: 80 },
      { name: 'grpc', port: 90 },
      { name: 'tcp', port: 91 },
      { name: 'metrics', port: 92, appProtocol: 'http2' },
      { name: 'http-like', port: 93, appProtocol: 'mysql' },
    ]),
    service('bread', 'market', enabled, [
      { port: 80, name: 'http' },
      { port: 81, name: 'https' },
    ]),
    service('unnamed', 'market', enabled, [{ port: 80 }]),
    service('hidden', 'market', {}, [{ name: 'http', port: 80 }]),
    service('elsewhere', 'closed', enabled, [{ name: 'http', port: 80 }]),
    service('catalog', 'shop', enabled, [
      { name: 'http2', port: 80 },
      { name: 'grpc', port: 90 },
    ]),
  );
  // catalog:80 keeps the protocol that the values say; bread of the bakery is another one than that of the market.
  const bakery = { namespace: 'market', services: [{ name: 'bread', namespace: 'bakery', port: 80 }] };
  const values = { ...SHOP, mesh: [...SHOP.mesh, bakery], optIn: { byLabel: true } };
  const rendered = parsedManifests(await helm(['template', 'weir', '--dry-run=server'], values));
  const own = await weirInstall(api, values, '--dry-run');
  expect(own).toMatchObject({ code: 0, err: '' });
  expect(rendered).toEqual(parsedManifests(own.out).filter(({ kind }) => kind !== 'Namespace'));
  const filters = rendered.filter(({ kind }) => kind === 'EnvoyFilter');
  expect(filters.map(({ metadata }) => metadata.namespace)).toEqual(['bazaar', 'market', 'shop']);
  // In each both contexts of: catalog 80 and 90, bread 80 twice, fruit 80, 90 and 92.
  for (const { spec } of filters) expect((spec as { configPatches: object }).configPatches).toHaveLength(14);
});

describe('field by field, a strict API server accepts', () => {
  it.each(Object.entries({ ...VALUE_SETS, monitored: MONITORED }))(
    'what the chart renders: %s',
    async (_name, values) => {
      const rendered = await helm(['template', 'weir'], { ...values, namespace: 'weir-system' });
      expect(await api.kubectl(['apply', ...STRICT], rendered)).toContain('deployment.apps/weir-trainer');
    },
  );

  it.each(Object.entries(AWKWARD_VALUES))('what both programs print: %s', async (_name, values) => {
    const inPlace = { ...values, namespace: 'weir-system' };
    const printed = [
      await helm(['template', 'weir'], inPlace),
      (await weirInstall(api, inPlace, '--dry-run')).out,
    ];
    for (const text of printed)
      expect(await api.kubectl(['apply', ...STRICT], text)).toContain('deployment.apps/weir-trainer');
  });

  it.each(['base', 'overlays/shop'])('what Kustomize builds: %s', async (folder) => {
    const built = await api.kubectl(['kustomize', join(packageRoot, 'deploy/kustomize', folder)]);
    expect(await api.kubectl(['apply', ...STRICT], built)).toContain('deployment.apps/weir-trainer');
  });
});
