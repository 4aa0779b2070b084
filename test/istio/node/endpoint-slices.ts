// Stands in for the controller of EndpointSlices: where the ready pods of each Service are.
import type { V1EndpointSlice, V1Pod, V1Service, V1ServicePort } from '@kubernetes/client-node';
import { MERGE, isOutdated, type Clients } from './clients.js';
import { isReady } from './pods.js';
import type { Snapshot } from './snapshot.js';

/** @param said what was said of each Service last, so that only changes are */
export async function endpointSlices(
  clients: Clients,
  { services, pods }: Snapshot,
  said: Map<string, string>,
): Promise<void> {
  for (const service of services) {
    const { name, namespace, uid } = service.metadata!;
    if (service.spec?.selector === undefined) continue;
    const slice = sliceOf(
      service,
      pods.filter((pod) => isReady(pod) && isSelected(service, pod)),
    );
    const text = JSON.stringify(slice);
    if (said.get(uid!) === text) continue;
    const place = { name: name!, namespace: namespace! };
    await write(clients, place, slice);
    said.set(uid!, text);
  }
}

async function write(
  { discovery }: Clients,
  place: { readonly name: string; readonly namespace: string },
  body: V1EndpointSlice,
): Promise<void> {
  try {
    await discovery.createNamespacedEndpointSlice({ namespace: place.namespace, body });
  } catch (error) {
    if (!isOutdated(error)) throw error;
    await discovery.patchNamespacedEndpointSlice({ ...place, body }, MERGE);
  }
}

const isSelected = ({ metadata, spec }: V1Service, pod: V1Pod): boolean =>
  pod.metadata?.namespace === metadata?.namespace &&
  Object.entries(spec?.selector ?? {}).every(([label, value]) => pod.metadata?.labels?.[label] === value);

function sliceOf({ metadata, spec }: V1Service, pods: readonly V1Pod[]): V1EndpointSlice {
  const { name, namespace, uid } = metadata!;
  return {
    metadata: {
      ...{ name: name!, namespace: namespace!, labels: { 'kubernetes.io/service-name': name! } },
      ownerReferences: [{ apiVersion: 'v1', kind: 'Service', name: name!, uid: uid! }],
    },
    addressType: 'IPv4',
    ports: (spec?.ports ?? []).map((port) => ({
      ...(port.name === undefined ? {} : { name: port.name }),
      ...{ port: portOf(port, pods[0]), protocol: 'TCP' },
    })),
    endpoints: pods.map((pod) => ({
      ...{ addresses: [pod.status!.podIP!], conditions: { ready: true, serving: true, terminating: false } },
      targetRef: { kind: 'Pod', name: pod.metadata!.name!, namespace: namespace!, uid: pod.metadata!.uid! },
    })),
  };
}

/** By name where the Service says so: all pods of one have it alike here. */
function portOf({ port, targetPort }: V1ServicePort, pod: V1Pod | undefined): number {
  if (typeof targetPort === 'number') return targetPort;
  const ports = pod?.spec?.containers.flatMap((container) => container.ports ?? []) ?? [];
  return ports.find(({ name }) => name === targetPort)?.containerPort ?? port;
}
