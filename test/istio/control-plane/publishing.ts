// Models on their way from the trainer through the Kubernetes API and istiod into every Envoy.
import { expect, it } from 'vitest';
import { eventually } from '../../../bench/cluster/eventually.js';
import { NAMESPACE, TRAINER } from '../../../bench/cluster/mesh.js';
import { createWasmPluginPublisher } from '../../../trainer/publish/istio-wasmplugin.js';
import { loadKubeConfig } from '../../../trainer/publish/kubernetes/kube-config.js';
import { createResourceClient } from '../../../trainer/publish/kubernetes/resource-client.js';
import type { Publisher } from '../../../trainer/publish/publisher.js';
import { testModel, type TestModel } from '../../e2e/support/configuration.js';
import { DAMAGED_MODELS } from '../../e2e/support/damaged-models.js';
import { deciding, failuresOf, rejections, startTraffic, type Installed } from '../support/installed.js';

const EDITS = 100;

interface Rollout {
  readonly stage: string;
}

/** The trainer's own publisher, with its rights, and what it publishes beside the models. */
export async function publisherOf({ mesh }: Installed): Promise<(model: unknown) => Promise<void>> {
  const kubeConfig = await mesh.api.kubeConfigOf(TRAINER.namespace, TRAINER.name);
  const publisher: Publisher = createWasmPluginPublisher(createResourceClient(loadKubeConfig(kubeConfig)), {
    ...{ namespace: NAMESPACE, name: 'weir-client', onConflict: 'take-models' },
  });
  const base = await pluginConfig(mesh.api);
  return (model) => publisher.publish({ ...base, model });
}

export async function pluginConfig(api: Installed['mesh']['api']): Promise<Record<string, unknown>> {
  const place = ['wasmplugin', 'weir-client', '--namespace', NAMESPACE];
  return JSON.parse(await api.kubectl(['get', ...place, '-o', 'jsonpath={.spec.pluginConfig}']));
}

export async function inEffect(
  { callers }: Installed,
  { gauge }: TestModel,
  timeoutMs = 20_000,
): Promise<void> {
  await eventually(
    async () => (await Promise.all(callers.map((proxy) => deciding(proxy, gauge)))).every(Boolean),
    { timeoutMs },
  );
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** Of the resource, once it has this reason. */
export function condition(
  api: Installed['mesh']['api'],
  reason: string,
  kind = 'wasmplugin',
): Promise<Condition> {
  const place = [kind, 'weir-client', '--namespace', NAMESPACE];
  return eventually(async () => {
    const text = await api.kubectl(['get', ...place, '-o', 'jsonpath={.status.conditions}']);
    const conditions = JSON.parse(text || '[]') as Condition[];
    return conditions.find((one) => one.type === 'weir.dev/ModelServing' && one.reason === reason);
  });
}

/** As soon as the canary has seen enough to say that it is not worse. */
export async function promote({ trainer }: Pick<Installed, 'trainer'>, { id }: TestModel): Promise<void> {
  const path = `/v1/models/${id}/promote`;
  await eventually(async () => (await trainer.post(path, { by: 'a test', reason: 'it is good' })).ok, {
    timeoutMs: 60_000,
    pollMs: 500,
  });
}

export function publishing(installed: () => Installed): void {
  it('brings a model that a person hands to the trainer into every Envoy, by canary', async () => {
    const { mesh, trainer } = installed();
    const traffic = startTraffic(mesh);
    const model = testModel(7);
    const taken = await trainer.post('/v1/models', { model: model.base64, force: true, by: 'a test' });
    expect(taken.status).toBe(201);
    await eventually(async () => (await trainer.get<Rollout>('/v1/rollout')).stage === 'canary');
    await eventually(async () => 'candidate' in (await pluginConfig(mesh.api)));
    const tried = await condition(mesh.api, 'CandidatePublished');
    expect(tried.message).toMatch(
      new RegExp(`^model .{32} serves, candidate ${model.id} gets \\d+% of the requests$`),
    );
    await promote(installed(), model);
    await inEffect(installed(), model);
    expect(await pluginConfig(mesh.api)).toMatchObject({ role: 'client', model: model.base64 });
    expect(await pluginConfig(mesh.api)).not.toHaveProperty('candidate');
    expect(await condition(mesh.api, 'ModelPublished')).toMatchObject({
      status: 'True',
      message: `model ${model.id} serves`,
    });
    const place = ['weir-client', '--namespace', NAMESPACE];
    await mesh.api.kubectl(['wait', '--for=condition=weir.dev/ModelServing', 'wasmplugin', ...place]);
    // They come right after the status.
    for (const reason of ['CandidatePublished', 'ModelPublished'])
      await eventually(async () => {
        const told = await mesh.api.kubectl(['events', '--for', 'wasmplugin/weir-client', ...place.slice(1)]);
        return new RegExp(`Normal +${reason} +WasmPlugin/weir-client`).test(told);
      });
    expect(failuresOf(await traffic.stop())).toEqual([]);
  });

  it(`loses no request over ${EDITS} edits`, async () => {
    const { mesh } = installed();
    const publish = await publisherOf(installed());
    const traffic = startTraffic(mesh);
    for (let n = 0; n < EDITS; n++) {
      await publish(testModel(100 + n).base64);
      await inEffect(installed(), testModel(100 + n));
    }
    const result = await traffic.stop();
    expect(failuresOf(result)).toEqual([]);
    expect(result.latenciesMs.length).toBeGreaterThan(EDITS);
  }, 240_000);

  it('has every Envoy refuse a damaged model, and serve by the one before', async () => {
    const all = installed();
    const publish = await publisherOf(all);
    const good = testModel(1);
    await publish(good.base64);
    await inEffect(all, good);
    const traffic = startTraffic(all.mesh);
    const damaged = DAMAGED_MODELS.filter(([fault]) => /magic|flipped|cut|feature set/.test(fault));
    expect(damaged).toHaveLength(4);
    for (const [, model] of damaged) {
      const before = await Promise.all(all.callers.map(rejections));
      await publish(model);
      await eventually(async () => {
        const now = await Promise.all(all.callers.map(rejections));
        return now.every((count, i) => count > before[i]!);
      });
      await inEffect(all, good);
    }
    const logs = await Promise.all(all.callers.map((proxy) => proxy.log()));
    for (const log of logs) for (const [, , words] of damaged) expect(log).toMatch(words);
    await publish(testModel(2).base64);
    await inEffect(all, testModel(2));
    expect(failuresOf(await traffic.stop())).toEqual([]);
  });
}
