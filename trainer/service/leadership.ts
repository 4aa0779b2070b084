// Who decides which trainer leads, by the configuration of `weir serve`: the data folder alone, or a Lease as well.
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { KubeConfig } from '@kubernetes/client-node';
import { loadKubeConfig } from '../publish/kubernetes/kube-config.js';
import { lead } from '../rollout/leader/lead.js';
import type { Leadership } from '../rollout/leader/leadership.js';
import { createLeaseClient } from '../rollout/leader/lease-client.js';
import { leaseLead } from '../rollout/leader/lease-lead.js';
import type { EventSink } from '../telemetry/event.js';
import type { ServeOptions } from './options.js';

export interface LeadershipParts {
  readonly dataDir: string;
  /** Way to the API server; absent = the pod's, else kubectl's. */
  readonly kubeConfigFile: string | undefined;
  readonly now: () => number;
  readonly wallNow: () => number;
}

/** Begins to stand for the lead when called. @throws {Error} at once, where no kubeconfig can be read and one is needed */
export function leadershipOf(
  { kubernetes }: ServeOptions['leader'],
  { dataDir, kubeConfigFile, now, wallNow }: LeadershipParts,
): (events: EventSink) => Leadership {
  if (kubernetes === undefined) return (events) => lead(dataDir, { now, events });
  const kubeConfig = loadKubeConfig(kubeConfigFile);
  const { namespace = namespaceOf(kubeConfig), name, ...durations } = kubernetes;
  // Two tries have room before the deadline, as client-go does it.
  const timeoutMs = Math.max(1000, (durations.renewDeadlineSeconds * 1000) / 2);
  const client = createLeaseClient(kubeConfig, { namespace, name }, timeoutMs);
  // A pod's host name is its own; a process that follows in the same pod is another one.
  const identity = `${hostname()}_${randomUUID()}`;
  return (events) => leaseLead(dataDir, client, { now, wallNow, events, identity, ...durations });
}

/** Of the pod, or of kubectl's context. */
const namespaceOf = (kubeConfig: KubeConfig): string =>
  kubeConfig.getContextObject(kubeConfig.getCurrentContext())?.namespace ?? 'default';
