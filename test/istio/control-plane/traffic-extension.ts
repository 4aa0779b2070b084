// The filter as a TrafficExtension in place of the WasmPlugins, as docs/install.md says.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { eventually } from '../../../bench/cluster/eventually.js';
import { NAMESPACE } from '../../../bench/cluster/mesh.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { testModel } from '../../e2e/support/configuration.js';
import { DAMAGED_MODELS } from '../../e2e/support/damaged-models.js';
import { failuresOf, startTraffic, sum, type Installed } from '../support/installed.js';
import { startTrainer } from '../support/trainer.js';
import { condition, inEffect, promote } from './publishing.js';

const FILTER = `extensions.istio.io/trafficextension/${NAMESPACE}.weir-client`;
const PLUGIN = { url: `file://${join(packageRoot, 'build/plugin.wasm')}`, resource: 'TrafficExtension' };
const rejected = ({ mesh }: Installed) => sum(mesh.client, `${FILTER}\\.(update_rejected|config_fail)$`);

export function trafficExtension(installed: () => Installed): void {
  it('takes the place of the WasmPlugins', async () => {
    const all = installed();
    const { api } = all.mesh;
    await all.install({ plugin: PLUGIN });
    await api.kubectl(['delete', 'wasmplugins', '-A', '-l', 'app.kubernetes.io/part-of=weir']);
    const former = () => sum(all.mesh.client, 'weir-client~istio-translated-wasmplugin\\.config_reload$');
    await eventually(
      async () => (await sum(all.mesh.client, `${FILTER}\\.config_reload$`)) > 0 && (await former()) === 0,
    );
  });

  it('steers, and takes what the trainer publishes to it', async () => {
    const all = installed();
    const { mesh, apps } = all;
    await all.trainer.daemon.kill();
    const trainer = await startTrainer(mesh.api);
    try {
      const traffic = startTraffic(mesh);
      const model = testModel(601);
      const taken = await trainer.post('/v1/models', { model: model.base64, force: true, by: 'a test' });
      expect(taken.status).toBe(201);
      await promote({ trainer }, model);
      await inEffect(all, model);
      const { message } = await condition(mesh.api, 'ModelPublished', 'trafficextension');
      expect(message).toBe(`model ${model.id} serves`);
      const { byEndpoint, latenciesMs, ...result } = await traffic.stop();
      expect(failuresOf({ byEndpoint, latenciesMs, ...result })).toEqual([]);
      expect((byEndpoint.get(apps.at(-1)!.address) ?? 0) / latenciesMs.length).toBeLessThan(0.15);
    } finally {
      await trainer.daemon.stop();
    }
  });

  it('has every Envoy refuse a damaged model in it', async () => {
    const all = installed();
    const [, model] = DAMAGED_MODELS.find(([fault]) => fault.includes('flipped'))!;
    const before = await rejected(all);
    const place = ['trafficextension', 'weir-client', '--namespace', NAMESPACE, '--type=merge'];
    const spec = { wasm: { pluginConfig: { model } } };
    await all.mesh.api.kubectl(['patch', ...place, '--patch', JSON.stringify({ spec })]);
    await eventually(async () => (await rejected(all)) > before);
    await inEffect(all, testModel(601));
  });
}
