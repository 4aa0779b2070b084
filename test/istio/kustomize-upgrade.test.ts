// deploy/kustomize applied once more, after the trainer has published: services are the installation's, models the trainer's.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { stringify } from 'yaml';
import type { ApiServer } from '../../bench/cluster/api-server.js';
import { packageRoot } from '../../trainer/cli/package-root.js';
import { modelBase64 } from '../plugin/support/fixtures.js';
import { MODEL } from '../unit/install/render.js';
import { liveConfig, publish, startCluster } from './install/cluster.js';

let api: ApiServer;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-kustomize-'));
  api = await startCluster('shop');
}, 120_000);
afterAll(async () => {
  await api?.stop();
  rmSync(folder, { recursive: true });
});

const apply = (...args: readonly string[]) => api.kubectl(['apply', '--server-side', ...args]);
const kustomize = (path: string) => join(packageRoot, 'deploy/kustomize', path);

it('takes another service, and leaves the trainer its model and its candidate', async () => {
  await apply('-k', kustomize('overlays/shop'));
  const { model: first, ...config } = await liveConfig(api, 'shop');
  expect(first).toBe(MODEL);
  const published = {
    model: modelBase64({ seed: 1 }),
    candidate: { model: modelBase64({ seed: 2 }), share: 0.1 },
  };
  await publish(api, 'shop', { ...config, ...published });
  await expect(apply('-k', kustomize('overlays/shop'))).rejects.toThrow(
    /conflict with "weir-trainer".*model/s,
  );

  const clusters = ['outbound|80||another.shop.svc.cluster.local'];
  const change = [{ op: 'replace', path: '/spec/pluginConfig/clusters', value: clusters }];
  const overlay = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: [relative(folder, kustomize('overlays/shop'))],
    components: [relative(folder, kustomize('components/keep-models'))],
    patches: [{ target: { kind: 'WasmPlugin', name: 'weir-client' }, patch: JSON.stringify(change) }],
  };
  writeFileSync(join(folder, 'kustomization.yaml'), stringify(overlay));
  await apply('--force-conflicts', '-k', folder);
  expect(await liveConfig(api, 'shop')).toEqual({ ...config, ...published, clusters });
});

it('takes the model out of a TrafficExtension as well', async () => {
  const wasm = { pluginConfig: { model: MODEL, role: 'client' } };
  const extension = { apiVersion: 'extensions.istio.io/v1alpha1', kind: 'TrafficExtension', spec: { wasm } };
  const overlay = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['extension.yaml'],
    components: [relative(folder, kustomize('components/keep-models'))],
  };
  writeFileSync(
    join(folder, 'extension.yaml'),
    stringify({ ...extension, metadata: { name: 'weir-client' } }),
  );
  writeFileSync(join(folder, 'kustomization.yaml'), stringify(overlay));
  const built = await api.kubectl(['kustomize', folder]);
  expect(built).toContain('role: client');
  expect(built).not.toContain('model');
});
