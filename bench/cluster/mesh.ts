// A small Istio mesh on this machine: Kubernetes API, istiod, a service with some pods, a pod that calls it, and a gateway.
// Real programs and real traffic; only containers, and what they need, are missing.
import { findEnvoy, type EnvoyBinary } from '../../trainer/mesh/envoy/binary.js';
import { Cleanup } from '../../trainer/mesh/apps/cleanup.js';
import { startApiServer, type ApiServer } from './api-server.js';
import { startIstiod, type Istiod } from './istiod.js';
import { egressAddress, hasPodNetwork, podAddress } from './network.js';
import { createPod, endpointSlice, service, type PodSpec } from './pod.js';
import { startProxy, type Proxy, type ProxySpec } from './proxy.js';

export const NAMESPACE = 'shop';
export const SERVICE = 'api';
export const PORT = 9080;
/** As applications name it, and as Envoy names its cluster. */
export const HOST = `${SERVICE}.${NAMESPACE}.svc.cluster.local`;
export const CLUSTER = `outbound|${PORT}||${HOST}`;
export const TRAINER = { namespace: 'weir-system', name: 'weir-trainer' } as const;
export const TRAINER_PORT = 7070;
export const TRAINER_CLUSTER = `outbound|${TRAINER_PORT}||${TRAINER.name}.${TRAINER.namespace}.svc.cluster.local`;
export const GATEWAY_PORT = 8000;

/** Numbers of pods: those of the service are 1, 2, .. */
const CLIENT = 100;
const GATEWAY = 101;
const TRAINER_POD = 102;
/** Where the trainer must listen. */
export const trainerAddress = podAddress(TRAINER_POD);

export interface MeshOptions {
  /** Ports on loopback of the applications in the service's pods. */
  readonly apps: readonly number[];
  readonly workers: number;
  readonly hasGateway?: boolean;
  /** Of its Envoys, s. */
  readonly drainSeconds?: number;
  /** Envoy of a certain version. */
  readonly version?: string;
}

export interface Mesh {
  readonly envoy: EnvoyBinary;
  readonly api: ApiServer;
  readonly istiod: Istiod;
  /** `ip:port` of the service's pods, as their callers' Envoys know them. */
  readonly endpoints: readonly string[];
  readonly servers: readonly Proxy[];
  readonly client: Proxy;
  /** `ip:port` that the calling application calls, with `HOST` as its host. */
  readonly address: string;
  readonly gateway?: Proxy;
  readonly gatewayAddress: string;
  /** A pod of its own, with its sidecar; `stop` of the mesh ends it. */
  addPod(pod: PodSpec, workers: number): Promise<Proxy>;
  stop(): Promise<void>;
}

/** @throws {Error} where this process is not in a network of pods, or a program is missing */
export async function startMesh(options: MeshOptions): Promise<Mesh> {
  if (!(await hasPodNetwork()))
    throw new Error('needs a network of pods: node scripts/own-network.mjs COMMAND');
  const { version } = options;
  const envoy = await findEnvoy(version === undefined ? {} : { version });
  if ('reason' in envoy) throw new Error(`needs a real Envoy: ${envoy.reason}`);
  const cleanup = new Cleanup();
  try {
    const api = await startApiServer();
    cleanup.add(() => api.stop());
    const istiod = await startIstiod(api);
    cleanup.add(() => istiod.daemon.stop());
    return await populate(options, { envoy, api, istiod, cleanup });
  } catch (error) {
    await cleanup.run();
    throw error;
  }
}

interface Foundation {
  readonly envoy: EnvoyBinary;
  readonly api: ApiServer;
  readonly istiod: Istiod;
  readonly cleanup: Cleanup;
}

async function populate(
  { apps, workers, hasGateway = false, drainSeconds = 1 }: MeshOptions,
  { envoy, api, istiod, cleanup }: Foundation,
): Promise<Mesh> {
  const namespace = (name: string) => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  await api.apply(namespace(NAMESPACE), namespace(TRAINER.namespace));
  const proxy = async (
    spec: Omit<ProxySpec, 'workers' | 'drainSeconds'>,
    count = workers,
  ): Promise<Proxy> => {
    const started = await startProxy(envoy, istiod.xdsPort, { ...spec, workers: count, drainSeconds });
    cleanup.add(() => started.stop());
    return started;
  };
  const addPod = async (pod: PodSpec, count: number): Promise<Proxy> => {
    await createPod(api, pod);
    const { namespace: place, name, labels } = pod;
    const address = podAddress(pod.number);
    return proxy({ kind: 'sidecar', pod: name, namespace: place, address, labels }, count);
  };
  const addresses = apps.map((_, i) => podAddress(i + 1));
  await api.apply(
    ...service({ namespace: NAMESPACE, name: SERVICE }, PORT, PORT, addresses),
    // Its Service comes with the installation.
    endpointSlice(TRAINER, TRAINER_PORT, [trainerAddress]),
  );
  const servers = await Promise.all(
    apps.map((appPort, i) => {
      const name = `${SERVICE}-${i + 1}`;
      const labels = { app: SERVICE, pod: name };
      const inbound = { port: PORT, appPort };
      return addPod({ namespace: NAMESPACE, name, number: i + 1, labels, inbound, outbound: [] }, 1);
    }),
  );
  const labels = { app: 'client', pod: 'client' };
  const client = await addPod(
    { namespace: NAMESPACE, name: 'client', number: CLIENT, labels, outbound: [PORT, TRAINER_PORT] },
    workers,
  );
  const gateway = hasGateway ? await addGateway(api, proxy) : undefined;
  return {
    ...{ envoy, api, istiod, servers, client, addPod },
    endpoints: addresses.map((address) => `${address}:${PORT}`),
    address: `${egressAddress(CLIENT)}:${PORT}`,
    ...(gateway ? { gateway } : {}),
    gatewayAddress: `${podAddress(GATEWAY)}:${GATEWAY_PORT}`,
    stop: () => cleanup.run(),
  };
}

async function addGateway(
  api: ApiServer,
  proxy: (spec: Omit<ProxySpec, 'workers'>) => Promise<Proxy>,
): Promise<Proxy> {
  const name = 'gateway';
  const labels = { app: name, istio: name, pod: name };
  await createPod(api, { namespace: NAMESPACE, name, number: GATEWAY, labels, outbound: [] });
  await api.kubectl(['delete', 'sidecars.networking.istio.io', name, '--namespace', NAMESPACE]);
  const metadata = { name, namespace: NAMESPACE };
  const apiVersion = 'networking.istio.io/v1';
  const bind = podAddress(GATEWAY);
  const port = { number: GATEWAY_PORT, name: 'http', protocol: 'HTTP' };
  const route = [{ destination: { host: HOST, port: { number: PORT } } }];
  await api.apply(
    {
      ...{ apiVersion, kind: 'Gateway', metadata },
      spec: { selector: { istio: name }, servers: [{ port, bind, hosts: ['*'] }] },
    },
    {
      ...{ apiVersion, kind: 'VirtualService', metadata },
      spec: { hosts: ['*'], gateways: [name], http: [{ route }] },
    },
  );
  return proxy({ kind: 'router', pod: name, namespace: NAMESPACE, address: podAddress(GATEWAY), labels });
}
