// Shares of cpu and memory that a pod uses, from what the metrics API measured and what the pod's containers may use.
//
// Of each container its limit counts, else its request; one that states neither says nothing. Sidecars of Istio are left
// out where a pod has other containers: by default they may use two cores, and beside that limit an application at its
// own would look idle.
import type { PodMetric } from '@kubernetes/client-node';
import { duration, quantity } from './quantity.js';

/** As much of a pod as is read, in the JSON of the API. */
export interface Pod {
  readonly metadata?: { readonly namespace?: string; readonly name?: string };
  readonly spec?: {
    readonly containers?: readonly PodContainer[];
    readonly initContainers?: readonly PodContainer[];
    readonly hostNetwork?: boolean;
  };
  readonly status?: { readonly podIP?: string; readonly podIPs?: readonly { readonly ip: string }[] };
}

export interface PodContainer {
  readonly name: string;
  readonly restartPolicy?: string;
  readonly resources?: { readonly limits?: Amounts; readonly requests?: Amounts };
}

type Amounts = Readonly<Partial<Record<Resource, string>>>;

export interface Share {
  /** 0 to 1. */
  readonly value: number;
  /** Of limits alone: 1 is all that there is. */
  readonly isOfLimits: boolean;
}

export interface PodUse {
  /** `namespace/name`. */
  readonly pod: string;
  /** Absent where its containers state neither limits nor requests. */
  readonly cpu?: Share;
  readonly memory?: Share;
  /** Unix time in ms at which the time ends that it is an average over. */
  readonly measuredAt: number;
  readonly windowMs: number;
}

type Resource = 'cpu' | 'memory';

const SIDECAR = 'istio-proxy';

/** @throws {Error} that names the pod and what of it cannot be read */
export function podUse(pod: Pod, metrics: PodMetric): PodUse {
  const name = `${pod.metadata?.namespace}/${pod.metadata?.name}`;
  try {
    const measuredAt = Date.parse(metrics.timestamp);
    if (Number.isNaN(measuredAt)) throw new Error(`${JSON.stringify(metrics.timestamp)} is not a time`);
    const [cpu, memory] = [shareOf(pod, metrics, 'cpu'), shareOf(pod, metrics, 'memory')];
    return {
      ...{ pod: name, measuredAt, windowMs: duration(metrics.window) },
      ...(cpu && { cpu }),
      ...(memory && { memory }),
    };
  } catch (error) {
    throw new Error(`pod ${name}: ${(error as Error).message}`, { cause: error });
  }
}

/** Addresses of the pod; none where it has those of its node, which others have too. */
export function addressesOf({ spec, status }: Pod): string[] {
  if (spec?.hostNetwork) return [];
  return [...new Set([status?.podIP, ...(status?.podIPs ?? []).map(({ ip }) => ip)])].filter(
    (ip): ip is string => ip !== undefined && ip !== '',
  );
}

function shareOf(pod: Pod, { containers }: PodMetric, resource: Resource): Share | undefined {
  const used = new Map(containers.map(({ name, usage }) => [name, usage[resource]]));
  let [sum, most, isOfLimits] = [0, 0, true];
  for (const { name, resources } of countedContainers(pod)) {
    const limit = resources?.limits?.[resource];
    const stated = limit ?? resources?.requests?.[resource];
    // Of a container that has just started nothing is measured yet.
    if (stated === undefined || !used.has(name)) continue;
    sum += quantity(used.get(name));
    most += quantity(stated);
    isOfLimits &&= limit !== undefined;
  }
  return most > 0 ? { value: Math.min(1, sum / most), isOfLimits } : undefined;
}

/** Those that go on running: init containers that are restarted are sidecars. */
function countedContainers({ spec }: Pod): readonly PodContainer[] {
  const sidecars = (spec?.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  const all = [...(spec?.containers ?? []), ...sidecars];
  const own = all.filter(({ name }) => name !== SIDECAR);
  return own.length > 0 ? own : all;
}
