// A Kubernetes API with Istio's resources, and the two programs that install Weir into it.
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startApiServer, type ApiServer } from '../../../bench/cluster/api-server.js';
import { toolPath } from '../../../bench/cluster/tool-path.js';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { createWasmPluginPublisher } from '../../../trainer/publish/istio-wasmplugin.js';
import { loadKubeConfig } from '../../../trainer/publish/kubernetes/kube-config.js';
import { createResourceClient } from '../../../trainer/publish/kubernetes/resource-client.js';

/** As much of the resource of Prometheus' operator as the API server needs to know. */
const SERVICE_MONITOR = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'servicemonitors.monitoring.coreos.com' },
  spec: {
    group: 'monitoring.coreos.com',
    names: { kind: 'ServiceMonitor', plural: 'servicemonitors' },
    scope: 'Namespaced',
    versions: [
      {
        ...{ name: 'v1', served: true, storage: true },
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
};

export const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): object => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
});

export async function startCluster(...namespaces: readonly string[]): Promise<ApiServer> {
  const api = await startApiServer();
  await api.kubectl(['apply', '--server-side', '-f', toolPath('istio-crds')]);
  await api.apply(SERVICE_MONITOR, ...namespaces.map((name) => namespace(name)));
  await api.kubectl(['wait', '--for=condition=Established', '--timeout=30s', 'crd', '--all']);
  return api;
}

export interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Of any exit code. */
export function program(path: string, args: readonly string[], api: ApiServer): Promise<Ended> {
  const env = { ...process.env, KUBECONFIG: api.kubeConfig };
  return new Promise((resolve) => {
    execFile(path, args, { env, maxBuffer: 1 << 24 }, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code ?? -1), out, err });
    });
  });
}

/** `weir install --values` with these. */
export async function weirInstall(
  api: ApiServer,
  values: object,
  ...args: readonly string[]
): Promise<Ended> {
  const file = await valuesFile(api, values);
  const weir = join(packageRoot, 'bin/weir.mjs');
  return program(process.execPath, [weir, 'install', '--values', file, ...args], api);
}

export async function valuesFile({ daemon }: ApiServer, values: object): Promise<string> {
  const file = join(daemon.folder, 'values.yaml');
  // JSON, since YAML has words that are booleans to Helm and text to others.
  await writeFile(file, JSON.stringify(values));
  return file;
}

/** As the trainer of this installation, with its service account's rights and no others. */
export async function publish(api: ApiServer, inNamespace: string, configuration: object): Promise<void> {
  const kubeConfig = await api.kubeConfigOf('weir-system', 'weir-trainer');
  const publisher = createWasmPluginPublisher(createResourceClient(loadKubeConfig(kubeConfig)), {
    ...{ namespace: inNamespace, name: 'weir-client', onConflict: 'take-models' },
  });
  await publisher.publish(configuration);
}

/** Of the live filter of role client. */
export async function liveConfig(api: ApiServer, inNamespace: string): Promise<Record<string, unknown>> {
  const text = await api.kubectl(['get', 'wasmplugin', 'weir-client', '-n', inNamespace, '-o', 'json']);
  return (JSON.parse(text) as { spec: { pluginConfig: Record<string, unknown> } }).spec.pluginConfig;
}
