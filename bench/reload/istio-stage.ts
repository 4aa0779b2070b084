// The same Envoy under the same traffic, with istiod as its control plane: a configuration goes by server-side apply into a
// WasmPlugin, with the rights of the trainer's service account.
import { resolve } from 'node:path';
import { envoyFilter } from '../../trainer/install/envoy-filter.js';
import { pluginResource } from '../../trainer/install/wasm-plugin.js';
import type { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import { createWasmPluginPublisher } from '../../trainer/publish/istio-wasmplugin.js';
import { loadKubeConfig } from '../../trainer/publish/kubernetes/kube-config.js';
import { createResourceClient } from '../../trainer/publish/kubernetes/resource-client.js';
import {
  CLUSTER,
  HOST,
  NAMESPACE,
  PORT,
  SERVICE,
  startMesh,
  TRAINER,
  trainerAddress,
  TRAINER_CLUSTER,
  TRAINER_PORT,
} from '../cluster/mesh.js';
import { eventually } from '../cluster/eventually.js';
import { service as serviceManifests } from '../cluster/pod.js';
import { startSink } from './sink.js';
import { allDecideWith, ENDPOINTS, releases, WORKERS, type Stage } from './stage.js';
import { startUpstreams } from './upstreams.js';

export async function setIstioStage(cleanup: Cleanup, plugin: string): Promise<Stage> {
  const upstreams = await startUpstreams(ENDPOINTS);
  cleanup.add(() => upstreams.stop());
  const sink = await startSink({ host: trainerAddress, port: TRAINER_PORT });
  cleanup.add(() => sink.stop());
  const apps = upstreams.addresses.map((address) => Number(address.split(':')[1]));
  const mesh = await startMesh({ apps, workers: WORKERS });
  cleanup.add(() => mesh.stop());

  const release = releases({
    cluster: CLUSTER,
    trainer: TRAINER_CLUSTER,
    places: mesh.endpoints.map((address, i) => ({ address, servedBy: upstreams.addresses[i]! })),
  });
  const place = { namespace: NAMESPACE };
  const options = { url: `file://${resolve(plugin)}`, failStrategy: 'FAIL_RELOAD', priority: 0 } as const;
  const service = { namespace: NAMESPACE, name: SERVICE, port: PORT, protocol: 'http', subsets: [] } as const;
  await mesh.api.apply(
    ...serviceManifests(TRAINER, TRAINER_PORT, TRAINER_PORT, [trainerAddress]),
    envoyFilter({ namespace: NAMESPACE, services: [service] }),
    pluginResource('WasmPlugin', 'server', place, options, { role: 'server' }),
  );
  const client = createResourceClient(loadKubeConfig(mesh.api.kubeConfig));
  const { spec } = pluginResource('WasmPlugin', 'client', place, options, {}) as { spec: object };
  const { pluginConfig: _published, ...rest } = spec as Record<string, unknown>;
  const publisher = createWasmPluginPublisher(client, {
    ...{ namespace: NAMESPACE, name: 'weir-client', spec: rest, onConflict: 'fail' },
  });
  await publisher.publish(release(0).configuration);
  // The first one brings new listeners, whose predecessors drain: that is an installation and no reload.
  await eventually(() => allDecideWith(mesh.client, release(0)));
  await eventually(async () => {
    const draining = await mesh.client.stats('^listener_manager\\.total_listeners_draining$');
    return [...draining.values()].every((count) => count === 0);
  });
  return {
    envoy: `Envoy ${mesh.envoy.version}, istiod and kube-apiserver on the same machine`,
    controlPlane: 'WasmPlugin through istiod',
    address: mesh.address,
    host: `${HOST}:${PORT}`,
    cluster: CLUSTER,
    sidecar: mesh.client,
    sink,
    publisher,
    release,
    isInEffect: (wanted) => allDecideWith(mesh.client, wanted),
  };
}
