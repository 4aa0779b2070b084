// What the API server has, as controllers see it in one round.
import type { V1Deployment, V1Job, V1Namespace, V1Pod, V1Service } from '@kubernetes/client-node';
import type { Clients } from './clients.js';

export interface Snapshot {
  readonly pods: readonly V1Pod[];
  readonly deployments: readonly V1Deployment[];
  readonly jobs: readonly V1Job[];
  readonly services: readonly V1Service[];
  readonly namespaces: readonly V1Namespace[];
}

export async function observe({ core, apps, batch }: Clients): Promise<Snapshot> {
  // Before their owners: an owner that is missing is gone, rather than not there yet.
  const { items: pods } = await core.listPodForAllNamespaces();
  const [deployments, jobs, services, namespaces] = await Promise.all([
    apps.listDeploymentForAllNamespaces(),
    batch.listJobForAllNamespaces(),
    core.listServiceForAllNamespaces(),
    core.listNamespace(),
  ]);
  return {
    ...{ pods, deployments: deployments.items, jobs: jobs.items },
    ...{ services: services.items, namespaces: namespaces.items },
  };
}
