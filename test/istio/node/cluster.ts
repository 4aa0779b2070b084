// A cluster of one node with Istio on it: kube-apiserver, istiod and Envoys are the real ones; kubelet, controllers and what
// they need of a container engine are stood in for. Wants the network namespace of scripts/own-network.mjs.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cleanup } from '../../../trainer/mesh/apps/cleanup.js';
import { startApiServer, type ApiServer } from '../../../bench/cluster/api-server.js';
import { startIstiod } from '../../../bench/cluster/istiod.js';
import { hasPodNetwork } from '../../../bench/cluster/network.js';
import { connect, type Clients } from './clients.js';
import { startControlLoop } from './control-loop.js';
import { endpointSlices } from './endpoint-slices.js';
import { GATEWAY } from './gateway.js';
import { createKubelet } from './kubelet.js';
import { serveLogs } from './kubelet-logs.js';
import { namespaces } from './namespaces.js';
import type { RunningPod } from './pod.js';
import { startNodeNetwork } from './pod-network.js';
import { observe } from './snapshot.js';
import { deployments, garbage, jobs } from './workloads.js';

const ANY_ADDRESS = '0.0.0.0';

export interface Cluster {
  readonly api: ApiServer;
  /** That run now, and begin with this namespace and name, as in `bookinfo/reviews-v1`. */
  pods(prefix: string): readonly RunningPod[];
  stop(): Promise<void>;
}

/** @throws {Error} outside of that namespace, or where a program is missing */
export async function startCluster(): Promise<Cluster> {
  if (!(await hasPodNetwork()))
    throw new Error('needs a network of pods: node scripts/own-network.mjs COMMAND');
  const cleanup = new Cleanup();
  try {
    const api = await startApiServer(ANY_ADDRESS);
    cleanup.add(() => api.stop());
    const istiod = await startIstiod(api, ANY_ADDRESS);
    cleanup.add(() => istiod.daemon.stop());
    const network = await startNodeNetwork(api.daemon.ports[0]!);
    cleanup.add(() => network.stop());
    const clients = connect(api.kubeConfig);
    const certificates = join(api.daemon.folder, 'certificates');
    const certificate = await readFile(join(certificates, 'apiserver.crt'), 'utf8');
    const kubelet = createKubelet({ clients, network, xdsPort: istiod.xdsPort, certificate });
    cleanup.add(() => kubelet.stop());
    const key = await readFile(join(certificates, 'apiserver.key'), 'utf8');
    const logs = await serveLogs(clients, kubelet, { key, cert: certificate });
    cleanup.add(() => logs.stop());
    const loops = [startControlLoop(controllers(clients)), startControlLoop(kubelet.sync)];
    cleanup.add(() => Promise.all(loops.map((loop) => loop.stop())));
    await api.apply(...GATEWAY);
    return {
      api,
      pods: (prefix) => [...kubelet.pods].filter(([name]) => name.startsWith(prefix)).map(([, pod]) => pod),
      stop: () => cleanup.run(),
    };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

function controllers(clients: Clients): () => Promise<void> {
  const said = new Map<string, string>();
  return async () => {
    const snapshot = await observe(clients);
    await deployments(clients, snapshot);
    await jobs(clients, snapshot);
    await garbage(clients, snapshot);
    await endpointSlices(clients, snapshot, said);
    await namespaces(clients, snapshot);
  };
}
