// Who opted in by label: namespaces with `weir.dev/balance: enabled`, and the services in them that have it too.
import { CoreV1Api, type KubeConfig, type V1Service, type V1ServicePort } from '@kubernetes/client-node';
import type { Protocol } from './balanced-service.js';
import { OPT_IN } from './labels.js';
import type { MeshValues, Values } from './values.js';

const labelSelector = Object.entries(OPT_IN)
  .map((pair) => pair.join('='))
  .join(',');

type ServiceValues = MeshValues['services'][number];

/** Values with those added that the cluster names and the values do not. */
export async function withLabelled(values: Values, kubeConfig: KubeConfig): Promise<Values> {
  const api = kubeConfig.makeApiClient(CoreV1Api);
  const [namespaces, services] = await Promise.all([
    api.listNamespace({ labelSelector }),
    api.listServiceForAllNamespaces({ labelSelector }),
  ]);
  const found = namespaces.items.flatMap(({ metadata }) => metadata?.name ?? []).sort();
  const known = values.mesh.map(({ namespace }) => namespace);
  const entries: readonly MeshValues[] = [
    ...values.mesh,
    ...found.filter((name) => !known.includes(name)).map((namespace) => ({ namespace, services: [] })),
  ];
  return { ...values, mesh: entries.map((entry) => withServices(entry, services.items)) };
}

/** Of its own namespace. */
function withServices(entry: MeshValues, services: readonly V1Service[]): MeshValues {
  const own = services.filter(({ metadata }) => metadata?.namespace === entry.namespace);
  const labelled = own
    .sort((a, b) => (a.metadata!.name! < b.metadata!.name! ? -1 : 1))
    .flatMap(({ metadata, spec }) => (spec?.ports ?? []).flatMap((port) => serviceOf(metadata!.name!, port)));
  const named = entry.services.filter(({ namespace = entry.namespace }) => namespace === entry.namespace);
  const isNew = ({ name, port }: ServiceValues) =>
    !named.some((known) => known.name === name && known.port === port);
  return { ...entry, services: [...entry.services, ...labelled.filter(isNew)] };
}

/** None for a port whose protocol is not HTTP, by Istio's rules: `appProtocol`, else the name up to its first `-`. */
function serviceOf(name: string, { name: portName = '', appProtocol, port }: V1ServicePort): ServiceValues[] {
  const protocol = appProtocol ?? portName.split('-', 1)[0];
  const isHttp = (['http', 'http2', 'grpc'] as const).find((known) => known === protocol);
  return isHttp === undefined ? [] : [{ name, port, protocol: isHttp satisfies Protocol, subsets: [] }];
}
