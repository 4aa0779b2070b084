// What metrics-server is to the API server: an aggregated API, metrics.k8s.io/v1beta1, at an address in the network of pods.
// Its figures are what a test says, as there are no containers to measure here.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { ApiServer } from '../../../bench/cluster/api-server.js';
import { service } from '../../../bench/cluster/pod.js';

const GROUP = 'metrics.k8s.io';
const PLACE = { namespace: 'kube-system', name: 'metrics-server' };
const LIST = /^\/apis\/metrics\.k8s\.io\/v1beta1(?:\/namespaces\/([^/]+))?\/pods$/;

export interface PodFigures {
  readonly namespace: string;
  readonly name: string;
  /** By container. */
  readonly usage: Readonly<Record<string, { readonly cpu: string; readonly memory: string }>>;
}

export interface MetricsServer {
  /** What it tells from now on. */
  pods: readonly PodFigures[];
  stop(): Promise<void>;
}

/** Resolves when the API server takes it for available. @param window that its averages are said to be over */
export async function startMetricsServer(
  api: ApiServer,
  address: string,
  window: string,
): Promise<MetricsServer> {
  const file = (name: string) => readFile(join(api.daemon.folder, 'certificates', name));
  const [key, cert] = await Promise.all([file('apiserver.key'), file('apiserver.crt')]);
  const running = {
    pods: [] as readonly PodFigures[],
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  const server = createServer({ key, cert }, (request, response) => {
    const { pathname } = new URL(request.url!, 'https://here');
    const body = answer(pathname, running.pods, window);
    response.writeHead(body ? 200 : 404, { 'content-type': 'application/json' });
    response.end(JSON.stringify(body ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, address, resolve));
  const { port } = server.address() as AddressInfo;
  await api.apply(...service(PLACE, 443, port, [address]), {
    ...{
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name: `v1beta1.${GROUP}` },
    },
    spec: {
      ...{ group: GROUP, version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 },
      ...{ service: { ...PLACE, port: 443 }, insecureSkipTLSVerify: true },
    },
  });
  await api.kubectl(['wait', '--for=condition=Available', '--timeout=30s', `apiservice/v1beta1.${GROUP}`]);
  return running;
}

function answer(path: string, pods: readonly PodFigures[], window: string): object | undefined {
  const apiVersion = `${GROUP}/v1beta1`;
  if (path === `/apis/${apiVersion}`)
    return {
      ...{ kind: 'APIResourceList', apiVersion: 'v1', groupVersion: apiVersion },
      resources: [
        { name: 'pods', singularName: '', namespaced: true, kind: 'PodMetrics', verbs: ['get', 'list'] },
      ],
    };
  const [whole, namespace] = LIST.exec(path) ?? [];
  if (whole === undefined) return undefined;
  const timestamp = `${new Date().toISOString().slice(0, 19)}Z`;
  const items = pods
    .filter((pod) => namespace === undefined || pod.namespace === namespace)
    .map(({ usage, ...metadata }) => ({
      ...{ kind: 'PodMetrics', apiVersion, metadata, timestamp, window },
      containers: Object.entries(usage).map(([name, used]) => ({ name, usage: used })),
    }));
  return { kind: 'PodMetricsList', apiVersion, metadata: {}, items };
}
