// The Kubernetes API for what stands in for its controllers and its kubelet.
import {
  AppsV1Api,
  BatchV1Api,
  CoreV1Api,
  DiscoveryV1Api,
  KubeConfig,
  PatchStrategy,
  setHeaderOptions,
  type ApiException,
} from '@kubernetes/client-node';

export interface Clients {
  readonly core: CoreV1Api;
  readonly apps: AppsV1Api;
  readonly batch: BatchV1Api;
  readonly discovery: DiscoveryV1Api;
}

export function connect(kubeConfig: string): Clients {
  const config = new KubeConfig();
  config.loadFromFile(kubeConfig);
  return {
    core: config.makeApiClient(CoreV1Api),
    apps: config.makeApiClient(AppsV1Api),
    batch: config.makeApiClient(BatchV1Api),
    discovery: config.makeApiClient(DiscoveryV1Api),
  };
}

/** How a part of a resource is changed. */
export const MERGE = setHeaderOptions('Content-Type', PatchStrategy.MergePatch);

/** What was read is not so any more, or goes away: the next look at it tells. */
export function isOutdated(error: unknown): boolean {
  return [403, 404, 409].includes((error as ApiException<unknown>).code);
}
