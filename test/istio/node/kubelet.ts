// Stands in for the kubelet of the one node: runs the pods that are bound to it, says how they fare, and ends them. What ends by
// itself is not started again.
import type { V1Pod } from '@kubernetes/client-node';
import { eventually } from '../../../bench/cluster/eventually.js';
import { MERGE, isOutdated, type Clients } from './clients.js';
import { startPod, type PodMaker, type RunningPod } from './pod.js';
import { NODE } from './pods.js';

const START_MS = 60_000;

export interface Kubelet {
  /** Starts what is new and ends what is to go. */
  readonly sync: () => Promise<void>;
  /** Those that run, by namespace and name: `bookinfo/reviews-v1-..`. */
  readonly pods: ReadonlyMap<string, RunningPod>;
  stop(): Promise<void>;
}

export function createKubelet(maker: PodMaker): Kubelet {
  const { clients } = maker;
  const pods = new Map<string, RunningPod>();
  /** By uid: those that are, with their beginning; and those of them that are to go. */
  const begun = new Map<string, { readonly pod: V1Pod; readonly ready: Promise<void> }>();
  const ending = new Set<string>();

  async function begin(pod: V1Pod): Promise<void> {
    const started = await startPod(maker, pod, (address) => tell(clients, pod, false, 'Running', address));
    pods.set(keyOf(pod), started);
    const { address } = started.network;
    const { container } = started;
    void container?.ended
      .then(async (code) => {
        // The sidecar of a Job ends with it; that of a service goes with its pod.
        if (pod.spec?.restartPolicy === 'Never') await started.proxy?.stop();
        await tell(clients, pod, false, code === 0 ? 'Succeeded' : 'Failed', address);
      })
      .catch(complain(pod));
    await becomeReady(pod, started);
    if (container?.hasEnded !== true) await tell(clients, pod, true, 'Running', address);
  }

  async function end(pod: V1Pod, ready: Promise<void>): Promise<void> {
    await ready;
    await pods.get(keyOf(pod))?.stop();
    pods.delete(keyOf(pod));
    begun.delete(pod.metadata!.uid!);
    const { name, namespace } = pod.metadata!;
    await clients.core.deleteNamespacedPod({ name: name!, namespace: namespace!, gracePeriodSeconds: 0 });
  }

  return {
    pods,
    async sync() {
      const { items } = await clients.core.listPodForAllNamespaces({
        fieldSelector: `spec.nodeName=${NODE}`,
      });
      for (const pod of items)
        if (pod.metadata?.deletionTimestamp === undefined && !begun.has(pod.metadata!.uid!))
          begun.set(pod.metadata!.uid!, { pod, ready: begin(pod).catch(complain(pod)) });
      // Those that have ended already are deleted at once, without a time to end in.
      const wanted = items.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
      const uids = new Set(wanted.map(({ metadata }) => metadata!.uid));
      for (const [uid, { pod, ready }] of begun) {
        if (uids.has(uid) || ending.has(uid)) continue;
        ending.add(uid);
        void end(pod, ready).catch(complain(pod));
      }
    },
    async stop() {
      await Promise.all([...begun.values()].map(({ ready }) => ready));
      await Promise.all([...pods.values()].map((pod) => pod.stop()));
    },
  };
}

const keyOf = ({ metadata }: V1Pod): string => `${metadata!.namespace!}/${metadata!.name!}`;

/** By its readiness probe, which is not asked again after that. */
async function becomeReady({ spec }: V1Pod, { network, container }: RunningPod): Promise<void> {
  const { ports, readinessProbe } = spec!.containers[0]!;
  const probe = readinessProbe?.httpGet;
  if (probe === undefined) return;
  const port = ports?.find(({ name }) => name === probe.port)?.containerPort ?? probe.port;
  await eventually(
    async () => container?.hasEnded || (await fetch(`http://${network.address}:${port}${probe.path}`)).ok,
    { timeoutMs: START_MS, pollMs: 200 },
  );
}

/** That a pod does not run shows in what waits for it; here is why. */
function complain({ metadata }: V1Pod): (error: unknown) => void {
  return (error) => {
    if (!isOutdated(error)) process.stderr.write(`pod ${metadata?.name}: ${(error as Error).message}\n`);
  };
}

async function tell(
  { core }: Clients,
  { metadata }: V1Pod,
  isReady: boolean,
  phase: 'Running' | 'Succeeded' | 'Failed',
  address: string,
): Promise<void> {
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'False' }];
  const status = { phase, podIP: address, podIPs: [{ ip: address }], conditions };
  const place = { name: metadata!.name!, namespace: metadata!.namespace! };
  await core.patchNamespacedPodStatus({ ...place, body: { status } }, MERGE);
}
