// Stands in for the controllers of Deployments and of Jobs: makes their pods, and says how those fare. A template that changes
// is not rolled out.
import type { V1Deployment, V1Job, V1Pod } from '@kubernetes/client-node';
import { MERGE, type Clients } from './clients.js';
import { createPod, isOwnedBy, isReady } from './pods.js';
import type { Snapshot } from './snapshot.js';

export async function deployments(clients: Clients, snapshot: Snapshot): Promise<void> {
  for (const deployment of snapshot.deployments) {
    const { spec, metadata } = deployment;
    const owner = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: metadata! };
    const own = snapshot.pods.filter((pod) => isOwnedBy(owner, pod));
    for (let count = own.length; count < (spec?.replicas ?? 1); count++)
      await createPod(clients, snapshot, owner, spec!.template);
    await tell(clients, deployment, own);
  }
}

async function tell(
  { apps }: Clients,
  { metadata, spec, status }: V1Deployment,
  pods: readonly V1Pod[],
): Promise<void> {
  const ready = pods.filter(isReady).length;
  const isAvailable = ready >= (spec?.replicas ?? 1);
  const isTold =
    status?.observedGeneration === metadata?.generation && (status?.readyReplicas ?? 0) === ready;
  if (isTold && status?.replicas === pods.length) return;
  const condition = (type: string, is: boolean, reason: string) => ({
    ...{ type, status: is ? 'True' : 'False', reason, message: `${ready} pods are ready` },
    ...{ lastUpdateTime: new Date(), lastTransitionTime: new Date() },
  });
  const counts = { replicas: pods.length, updatedReplicas: pods.length };
  const conditions = [
    condition(
      'Available',
      isAvailable,
      isAvailable ? 'MinimumReplicasAvailable' : 'MinimumReplicasUnavailable',
    ),
    condition('Progressing', true, 'ReplicaSetUpdated'),
  ];
  const body = {
    status: {
      ...{ observedGeneration: metadata?.generation, ...counts, conditions },
      ...{ readyReplicas: ready, availableReplicas: ready },
    },
  };
  const place = { name: metadata!.name!, namespace: metadata!.namespace! };
  await apps.patchNamespacedDeploymentStatus({ ...place, body }, MERGE);
}

export async function jobs(clients: Clients, snapshot: Snapshot): Promise<void> {
  for (const job of snapshot.jobs.filter(isUnderWay)) {
    const owner = { apiVersion: 'batch/v1', kind: 'Job', metadata: job.metadata! };
    const pod = snapshot.pods.find((one) => isOwnedBy(owner, one));
    if (pod === undefined) await createPod(clients, snapshot, owner, job.spec!.template);
    else if (pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed')
      await finish(clients, job, pod.status.phase === 'Succeeded');
  }
}

const isUnderWay = ({ status }: V1Job): boolean => status?.conditions === undefined;

async function finish({ batch }: Clients, { metadata }: V1Job, isComplete: boolean): Promise<void> {
  // The API server takes the second of each pair only with the first.
  const types = isComplete ? ['SuccessCriteriaMet', 'Complete'] : ['FailureTarget', 'Failed'];
  const now = new Date();
  const body = {
    status: {
      ...(isComplete ? { completionTime: now, succeeded: 1 } : { failed: 1 }),
      startTime: metadata?.creationTimestamp,
      conditions: types.map((type) => ({
        type,
        status: 'True',
        lastProbeTime: now,
        lastTransitionTime: now,
      })),
    },
  };
  const place = { name: metadata!.name!, namespace: metadata!.namespace! };
  await batch.patchNamespacedJobStatus({ ...place, body }, MERGE);
}

/** Pods whose Deployment or Job is gone. */
export async function garbage({ core }: Clients, snapshot: Snapshot): Promise<void> {
  const owners = [...snapshot.deployments, ...snapshot.jobs];
  const uids = new Set(owners.map(({ metadata }) => metadata?.uid));
  for (const { metadata } of snapshot.pods) {
    const isOrphan = metadata?.ownerReferences?.every(({ uid }) => !uids.has(uid)) ?? false;
    if (isOrphan && metadata?.deletionTimestamp === undefined)
      await core.deleteNamespacedPod({ name: metadata!.name!, namespace: metadata!.namespace! });
  }
}
