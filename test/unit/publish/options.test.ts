import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPublishers } from '../../../trainer/publish/create-publishers.js';
import { loadKubeConfig } from '../../../trainer/publish/kubernetes/kube-config.js';
import { publishOptionsSchema } from '../../../trainer/publish/publish-options.js';
import { Fleet } from '../../../trainer/telemetry/fleet.js';
import { ApiServer } from './support/api-server.js';
import { FIRST, SECOND, base64 } from './support/models.js';

const ROUTE = {
  kind: 'route-weights',
  resource: { kind: 'HTTPRoute', namespace: 'shop', name: 'cart' },
  destinations: [{ name: 'a', endpoints: ['10.0.0.1:80'] }, { name: 'b' }],
};
const PLUGIN = { kind: 'istio-wasmplugin', namespace: 'istio-system', name: 'weir' };

function problems(...options: readonly object[]): string[] {
  const { error } = publishOptionsSchema.safeParse(options);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')}: ${message}`);
}

describe('options', () => {
  it('have defaults for all but where to publish', () => {
    const [plugin, route] = publishOptionsSchema.parse([PLUGIN, ROUTE]);
    expect(plugin).toEqual({ ...PLUGIN, onConflict: 'fail' });
    expect(route).toEqual({
      ...ROUTE,
      weights: { min: 0.2, max: 4, step: 5, maxMovePerUpdate: 10, everySeconds: 30 },
    });
  });

  it.each([
    [{ kind: 'istio' }, "0.kind: Invalid discriminator value. Expected 'envoy-file'"],
    [{ ...PLUGIN, path: 'x' }, '0: Unrecognized key: "path"'],
    [{ ...PLUGIN, name: 'Weir!' }, '0.name: is not a name of a Kubernetes resource'],
    [{ ...PLUGIN, spec: { pluginConfig: {} } }, '0.spec: must not have pluginConfig'],
    [
      { ...PLUGIN, kind: 'istio-trafficextension', spec: { wasm: { pluginConfig: {} } } },
      '0.spec: must not have wasm.pluginConfig',
    ],
    [{ ...ROUTE, weights: { step: 3 } }, '0.weights.step: must divide 100'],
    [{ ...ROUTE, weights: { step: 20 } }, '0.weights.maxMovePerUpdate: must be at least `step`'],
    [{ ...ROUTE, weights: { min: 2 } }, '0.weights.min: Too big'],
    [{ ...ROUTE, destinations: [{ name: 'a' }, { name: 'a' }] }, '0.destinations: a name appears twice'],
    [
      { ...ROUTE, destinations: [{ name: 'a', endpoints: ['10.0.0.1'] }, { name: 'b' }] },
      '0.destinations.0.endpoints.0: is not ip:port',
    ],
  ])('name the field that is wrong: %j', (option, problem) => {
    expect(problems(option).join('\n')).toContain(problem);
  });

  it('do not publish twice to the same target', () => {
    expect(problems(PLUGIN, { ...PLUGIN, onConflict: 'take-all' })).toEqual([
      ': two entries publish to the same target',
    ]);
  });
});

let folder: string;
let server: ApiServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weir-publish-'));
  server = await new ApiServer().start();
});
afterEach(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

const context = {
  base: { role: 'client' },
  fleet: new Fleet(),
  events: { emit: () => undefined },
  wallNow: () => 0,
  mayWrite: () => Promise.resolve(),
};

it('publishes to all targets of the options at once', async () => {
  const kubeConfigFile = join(folder, 'kubeconfig');
  await writeFile(kubeConfigFile, server.kubeConfig().exportConfig());
  const at = '/apis/extensions.istio.io/v1alpha1/namespaces/istio-system/wasmplugins/weir';
  server.applyAs('helm', at, { url: 'oci://weir' });
  const path = join(folder, 'client.json');
  const options = publishOptionsSchema.parse([
    { kind: 'envoy-file', path, plugin: '/weir.wasm' },
    PLUGIN,
    ROUTE,
  ]);
  const publishers = createPublishers(options, {
    ...context,
    kubeConfigFile,
    endpointsOf: () => ['10.0.0.2:80'],
  });
  await publishers.serve({ current: FIRST });
  const pluginConfig = { role: 'client', model: base64(FIRST) };
  expect(server.object(at).spec).toEqual({ url: 'oci://weir', pluginConfig });
  expect(await readFile(path, 'utf8')).toContain(base64(FIRST));
  expect(publishers.targets.map(({ name, published }) => [name, published])).toEqual([
    [`envoy-file:${path}`, FIRST.id],
    ['istio-wasmplugin:istio-system/weir', FIRST.id],
    ['route-weights:HTTPRoute/shop/cart', undefined],
  ]);
  await publishers.close();
});

it('writes nothing any more where it may not, to no target', async () => {
  const kubeConfigFile = join(folder, 'kubeconfig');
  await writeFile(kubeConfigFile, server.kubeConfig().exportConfig());
  const at = '/apis/extensions.istio.io/v1alpha1/namespaces/istio-system/wasmplugins/weir';
  server.applyAs('helm', at, { url: 'oci://weir' });
  const path = join(folder, 'client.json');
  const options = publishOptionsSchema.parse([{ kind: 'envoy-file', path, plugin: '/weir.wasm' }, PLUGIN]);
  let isOver = false;
  const mayWrite = () => (isOver ? Promise.reject(new Error('another leads')) : Promise.resolve());
  const publishers = createPublishers(options, { ...context, kubeConfigFile, mayWrite });
  await publishers.serve({ current: FIRST });
  isOver = true;
  const serving = publishers.serve({ current: SECOND });
  serving.catch(() => undefined);
  await vi.waitUntil(() => publishers.targets.every(({ lastError }) => lastError !== undefined));
  await publishers.close();
  expect(publishers.targets.map(({ lastError }) => lastError)).toEqual([
    'another leads',
    'WasmPlugin istio-system/weir: another leads',
  ]);
  expect(JSON.stringify(server.object(at).spec)).toContain(base64(FIRST));
  expect(await readFile(path, 'utf8')).toContain(base64(FIRST));
});

it('needs no API server for files', async () => {
  const kubeConfigFile = join(folder, 'none');
  const path = join(folder, 'client.json');
  const files = publishOptionsSchema.parse([{ kind: 'envoy-file', path, plugin: '/weir.wasm' }]);
  await createPublishers(files, { ...context, kubeConfigFile }).close();
  expect(() =>
    createPublishers(publishOptionsSchema.parse([PLUGIN]), { ...context, kubeConfigFile }),
  ).toThrow(`${kubeConfigFile}: ENOENT`);
});

it('says which destination has no endpoints', async () => {
  const kubeConfigFile = join(folder, 'kubeconfig');
  await writeFile(kubeConfigFile, server.kubeConfig().exportConfig());
  expect(() => createPublishers(publishOptionsSchema.parse([ROUTE]), { ...context, kubeConfigFile })).toThrow(
    'route-weights:HTTPRoute/shop/cart: destination b has no `endpoints`',
  );
});

it('says that a kubeconfig has no cluster', async () => {
  const file = join(folder, 'kubeconfig');
  await writeFile(file, 'clusters: []\nusers: []\ncontexts: []\n');
  expect(() => loadKubeConfig(file)).toThrow(`${file}: no cluster in its current context`);
});
