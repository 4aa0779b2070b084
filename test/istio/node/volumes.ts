// Files that a container mounts: volumes, its service account, and the names of Services.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { V1Container, V1Pod, V1Volume } from '@kubernetes/client-node';
import type { Clients } from './clients.js';

const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount';

export interface Files {
  /** Of the pod; it has all that is made here. */
  readonly folder: string;
  /** Of the API server. */
  readonly certificate: string;
}

/** Writes them. @returns mounts, as `SOURCE=TARGET` */
export async function filesOf(
  clients: Clients,
  { metadata, spec }: V1Pod,
  container: V1Container,
  { folder, certificate }: Files,
): Promise<readonly string[]> {
  const namespace = metadata!.namespace!;
  const make = async (name: string, files: Readonly<Record<string, string>>): Promise<string> => {
    const place = join(folder, name);
    await mkdir(place);
    for (const [file, text] of Object.entries(files)) await writeFile(join(place, file), text);
    return place;
  };
  const mounts: string[] = [];
  for (const { name, mountPath } of container.volumeMounts ?? []) {
    const volume = spec?.volumes?.find((one) => one.name === name);
    mounts.push(`${await make(`volume-${name}`, await contentOf(clients, namespace, volume))}=${mountPath}`);
  }
  if (spec?.automountServiceAccountToken !== false && spec?.serviceAccountName !== undefined) {
    const place = { name: spec.serviceAccountName, namespace };
    const body = { spec: { audiences: [], expirationSeconds: 3600 } };
    const { status } = await clients.core.createNamespacedServiceAccountToken({ ...place, body });
    const files = { token: status!.token, 'ca.crt': certificate, namespace };
    mounts.push(`${await make('service-account', files)}=${SERVICE_ACCOUNT}`);
  }
  const hosts = await make('etc', { hosts: await hostsOf(clients, namespace) });
  return [...mounts, `${join(hosts, 'hosts')}=/etc/hosts`];
}

async function contentOf(
  { core }: Clients,
  namespace: string,
  volume: V1Volume | undefined,
): Promise<Readonly<Record<string, string>>> {
  if (volume?.emptyDir !== undefined) return {};
  if (volume?.configMap?.name === undefined)
    throw new Error(`volume ${volume?.name}: of a kind not known here`);
  return (await core.readNamespacedConfigMap({ name: volume.configMap.name, namespace })).data ?? {};
}

/** In place of the cluster's DNS: the Services that there are when the container starts. */
async function hostsOf({ core }: Clients, namespace: string): Promise<string> {
  const { items } = await core.listNamespacedService({ namespace });
  const lines = items.map(({ metadata, spec }) => {
    const name = metadata!.name!;
    return `${spec?.clusterIP} ${name} ${name}.${namespace} ${name}.${namespace}.svc.cluster.local`;
  });
  return ['127.0.0.1 localhost', ...lines, ''].join('\n');
}
