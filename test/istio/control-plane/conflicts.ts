// A second writer on the resource that the trainer publishes to.
import { expect, it } from 'vitest';
import { eventually } from '../../../bench/cluster/eventually.js';
import { NAMESPACE } from '../../../bench/cluster/mesh.js';
import { testModel } from '../../e2e/support/configuration.js';
import { failuresOf, startTraffic, sum, type Installed } from '../support/installed.js';
import { inEffect, pluginConfig, publisherOf } from './publishing.js';

/** As `kubectl patch` of a person, under a manager of its own. */
export function edit({ mesh: { api } }: Installed, config: object): Promise<string> {
  const place = ['patch', 'wasmplugin', 'weir-client', '--namespace', NAMESPACE, '--type=merge'];
  return api.kubectl([...place, '--patch', JSON.stringify({ spec: { pluginConfig: config } })]);
}

export function conflicts(installed: () => Installed): void {
  it('stops by one command of a person, and stays stopped while models are published', async () => {
    const all = installed();
    const publish = await publisherOf(all);
    const steered = () => sum(all.mesh.client, '^wasmcustom\\.weir\\.steered$');
    await edit(all, { mode: 'off' });
    const traffic = startTraffic(all.mesh);
    await eventually(async () => {
      const before = await steered();
      const sent = traffic.requests;
      await eventually(() => traffic.requests > sent + 100);
      return (await steered()) === before;
    });
    await publish(testModel(401).base64);
    expect(await pluginConfig(all.mesh.api)).toMatchObject({ mode: 'off', model: testModel(401).base64 });
    await edit(all, { mode: null });
    const before = await steered();
    await eventually(async () => (await steered()) > before + 50);
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 120_000);

  it('takes over a model that another one wrote', async () => {
    const all = installed();
    const publish = await publisherOf(all);
    await edit(all, { model: testModel(402).base64 });
    await inEffect(all, testModel(402));
    await publish(testModel(403).base64);
    await inEffect(all, testModel(403));
  });

  it('names the field and its manager where another one wrote a key that it publishes', async () => {
    const all = installed();
    const publish = await publisherOf(all);
    const { report, model } = (await pluginConfig(all.mesh.api)) as { report: object; model: string };
    await edit(all, { report: { ...report, cluster: 'elsewhere' } });
    await expect(publish(testModel(404).base64)).rejects.toThrow(
      /WasmPlugin shop\/weir-client: .*\.spec\.pluginConfig\.report\.cluster \("kubectl-patch"/,
    );
    expect(await pluginConfig(all.mesh.api)).toMatchObject({ model });
    await edit(all, { report });
    await publish(testModel(404).base64);
    await inEffect(all, testModel(404));
  });
}
