// Pods as a controller makes them of a template, with the sidecar that Istio's webhook adds.
import { randomBytes } from 'node:crypto';
import type { V1Container, V1ObjectMeta, V1Pod, V1PodTemplateSpec } from '@kubernetes/client-node';
import type { Clients } from './clients.js';
import type { Snapshot } from './snapshot.js';

export const NODE = 'node';
/** The container that is an Envoy of istiod's; its last argument says of which kind. */
export const PROXY = 'istio-proxy';
const SIDECAR: V1Container = { name: PROXY, image: 'istio/proxyv2', args: ['proxy', 'sidecar'] };

export interface Owner {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: V1ObjectMeta;
}

export const isOwnedBy = ({ metadata: { uid } }: Owner, pod: V1Pod): boolean =>
  pod.metadata?.ownerReferences?.some((reference) => reference.uid === uid) ?? false;

export const isReady = ({ metadata, status }: V1Pod): boolean =>
  metadata?.deletionTimestamp === undefined &&
  (status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false);

/** Bound to the one node that there is. */
export async function createPod(
  { core }: Clients,
  { namespaces }: Snapshot,
  owner: Owner,
  template: V1PodTemplateSpec,
): Promise<void> {
  const { name = '', namespace = '', uid = '' } = owner.metadata;
  const place = namespaces.find(({ metadata }) => metadata?.name === namespace);
  const isInjected = place?.metadata?.labels?.['istio-injection'] === 'enabled';
  const { containers, ...spec } = template.spec!;
  await core.createNamespacedPod({
    namespace,
    body: {
      metadata: {
        ...template.metadata,
        name: `${name}-${randomBytes(3).toString('hex')}`,
        ownerReferences: [{ apiVersion: owner.apiVersion, kind: owner.kind, name, uid, controller: true }],
      },
      spec: { ...spec, nodeName: NODE, containers: isInjected ? [...containers, SIDECAR] : containers },
    },
  });
}
