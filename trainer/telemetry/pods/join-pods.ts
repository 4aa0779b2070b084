// Where servers say nothing of their cpu or memory, what is known of their pods joins the report of a sidecar, before
// anyone else sees it: the fleet's view, the twin and the records then have it from one place.
import { SIGNAL_TTL_MS } from '../limits.js';
import type { PodWord, Report, ReportedEndpoint } from '../report.js';
import { marked } from './mark.js';
import type { KnownPod, PodSource } from './pod-source.js';
import type { Share } from './pod-use.js';

/** Changes the report. */
export function joinPods(report: Report, pods: PodSource, now: number): void {
  for (const { endpoints } of report.clusters)
    for (const endpoint of endpoints) {
      const known = pods.of(hostOf(endpoint.address), now);
      const word = wordOf(endpoint, known, now);
      if (word !== undefined) endpoint.pod = word;
    }
}

function wordOf(endpoint: ReportedEndpoint, known: KnownPod | undefined, now: number): PodWord | undefined {
  const cpu = signal(endpoint, 'cpu', known?.cpu);
  const memory = signal(endpoint, 'memory', known?.memory);
  if (cpu === undefined && memory === undefined) return undefined;
  const { at, until, windowMs } = known ?? { at: now, until: now + SIGNAL_TTL_MS, windowMs: 0 };
  const isOfLimits = known?.cpu?.isOfLimits ?? false;
  return {
    ...{ at, until, windowMs, isOfLimits },
    ...(cpu !== undefined && { cpu }),
    ...(memory !== undefined && { memory }),
  };
}

/** Of the pod where the server says nothing; undefined where it need not or cannot say it. */
function signal(
  { server }: ReportedEndpoint,
  key: 'cpu' | 'memory',
  known: Share | undefined,
): PodWord['cpu'] {
  const said = server?.[key];
  const isHandedBack = said !== undefined && said === marked(said);
  const isOwn = said !== undefined && !isHandedBack;
  if (isOwn && (known === undefined || server!.ageMs <= SIGNAL_TTL_MS)) return undefined;
  delete server?.[key];
  return known === undefined ? (isHandedBack ? null : undefined) : known.value;
}

/** `10.0.0.1` of `10.0.0.1:80`, `fd00::1` of `[fd00::1]:80`. */
function hostOf(address: string): string {
  return address.slice(0, address.lastIndexOf(':')).replace(/^\[(.*)\]$/, '$1');
}
