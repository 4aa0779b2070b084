// One pod of the node: a network, the sidecar before anything else, the container, and what they leave behind.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { V1Container, V1Pod } from '@kubernetes/client-node';
import { Cleanup } from '../../../trainer/mesh/apps/cleanup.js';
import { findEnvoy } from '../../../trainer/mesh/envoy/binary.js';
import { guard } from '../../../trainer/mesh/guard/guard.js';
import { startProxy, type Proxy } from '../../../bench/cluster/proxy.js';
import type { Clients } from './clients.js';
import { startContainer, type Container } from './container.js';
import { imageOf } from './images.js';
import { API_ADDRESS, NODE_ADDRESS, type NodeNetwork, type PodNetwork } from './pod-network.js';
import { PROXY } from './pods.js';
import { filesOf } from './volumes.js';

/** Envoy tells busy connections to close for this long; Istio's default is 45. */
const DRAIN_SECONDS = 10;

export interface PodMaker {
  readonly clients: Clients;
  readonly network: NodeNetwork;
  readonly xdsPort: number;
  /** Of the API server. */
  readonly certificate: string;
}

export interface RunningPod {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly network: PodNetwork;
  readonly proxy?: Proxy;
  /** Absent where the proxy is all that the pod has. */
  readonly container?: Container;
  stop(): Promise<void>;
}

/** @param addressed is told the pod's address, which istiod must know before its sidecar asks */
export async function startPod(
  maker: PodMaker,
  pod: V1Pod,
  addressed: (address: string) => Promise<void>,
): Promise<RunningPod> {
  const { name, labels } = { name: pod.metadata!.name!, labels: pod.metadata!.labels ?? {} };
  const cleanup = new Cleanup();
  try {
    const network = await maker.network.addPod(name);
    cleanup.add(() => network.close());
    await addressed(network.address);
    const { containers } = pod.spec!;
    const app = containers.find((one) => one.name !== PROXY);
    const sidecar = containers.find((one) => one.name === PROXY);
    const proxy = sidecar && (await runProxy(maker, pod, sidecar, network));
    if (proxy) cleanup.add(() => proxy.stop());
    if (proxy && app) await network.intercept();
    const folder = await mkdtemp(join(tmpdir(), `weir-${name}-`));
    guard().folder(folder);
    cleanup.add(() => rm(folder, { recursive: true, force: true }));
    const container = app && (await run(maker, pod, app, { network, folder }));
    if (container) cleanup.add(() => container.stop());
    return {
      ...{ name, labels, network, ...(proxy ? { proxy } : {}), ...(container ? { container } : {}) },
      stop: () => cleanup.run(),
    };
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

async function runProxy(
  { xdsPort }: PodMaker,
  { metadata }: V1Pod,
  { args }: V1Container,
  { pid, address }: PodNetwork,
): Promise<Proxy> {
  const envoy = await findEnvoy({});
  if ('reason' in envoy) throw new Error(`needs a real Envoy: ${envoy.reason}`);
  return startProxy(envoy, xdsPort, {
    kind: args?.at(-1) === 'router' ? 'router' : 'sidecar',
    ...{ pod: metadata!.name!, namespace: metadata!.namespace!, labels: metadata?.labels ?? {} },
    ...{ address, workers: 1, drainSeconds: DRAIN_SECONDS, network: { pid, node: NODE_ADDRESS } },
  });
}

async function run(
  { clients, certificate }: PodMaker,
  pod: V1Pod,
  container: V1Container,
  { network, folder }: { readonly network: PodNetwork; readonly folder: string },
): Promise<Container> {
  const image = imageOf(container.image ?? '');
  const root = join(folder, 'root');
  await mkdir(root);
  const env = (container.env ?? []).map(({ name, value }) => [name, value ?? ''] as const);
  return startContainer({
    ...{ pid: network.pid, root, logFile: join(folder, 'log') },
    command: [...(container.command ?? image.entrypoint), ...(container.args ?? [])],
    env: {
      ...image.env,
      ...{ KUBERNETES_SERVICE_HOST: API_ADDRESS, KUBERNETES_SERVICE_PORT: '443' },
      ...Object.fromEntries(env),
    },
    mounts: [...image.mounts, ...(await filesOf(clients, pod, container, { folder, certificate }))],
  });
}
