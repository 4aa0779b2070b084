// The control plane goes away: traffic goes on, and what was published meanwhile arrives afterwards.
import { expect, it } from 'vitest';
import { testModel } from '../../e2e/support/configuration.js';
import { eventually } from '../../../bench/cluster/eventually.js';
import { failuresOf, startTraffic, type Installed } from '../support/installed.js';
import { inEffect, pluginConfig, promote, publisherOf } from './publishing.js';

export function restarts(installed: () => Installed): void {
  it('goes on while istiod is killed, and takes over what came meanwhile', async () => {
    const all = installed();
    const publish = await publisherOf(all);
    const traffic = startTraffic(all.mesh);
    await all.mesh.istiod.daemon.kill('SIGKILL');
    await publish(testModel(301).base64);
    const before = traffic.requests;
    await eventually(() => traffic.requests > before + 500, { timeoutMs: 30_000 });
    await all.mesh.istiod.daemon.restart();
    await inEffect(all, testModel(301), 60_000);
    await publish(testModel(302).base64);
    await inEffect(all, testModel(302));
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 180_000);

  it('goes on while the Kubernetes API is killed, and publishes once it is back', async () => {
    const all = installed();
    const traffic = startTraffic(all.mesh);
    const model = testModel(303);
    await all.mesh.api.daemon.kill('SIGKILL');
    await all.trainer.post('/v1/models', { model: model.base64, force: true, by: 'a test' });
    await eventually(async () => {
      const metrics = await (await fetch(`${all.trainer.url}/metrics`)).text();
      return metrics.includes('weir_publish_targets{state="failing"} 1');
    });
    await all.mesh.api.daemon.restart();
    await eventually(async () => 'candidate' in (await pluginConfig(all.mesh.api)), { timeoutMs: 60_000 });
    await promote(all, model);
    await inEffect(all, model, 60_000);
    expect(failuresOf(await traffic.stop())).toEqual([]);
  }, 180_000);
}
