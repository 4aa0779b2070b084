// Pods by their addresses, with what they use and for how long that counts, by the trainer's clock.
import type { KnownPod } from './pod-source.js';
import { addressesOf, podUse, type Pod, type PodUse } from './pod-use.js';
import type { ReadPods } from './read-pods.js';

/** What was measured counts for its own window and as long as so many polls take: a lost one costs nothing. */
const POLLS = 3;

export interface ReadPod extends KnownPod {
  /** As the node's clock said it, Unix time in ms. */
  readonly measuredAt: number;
  /** When that was read last, ms of the trainer's clock. */
  readonly readAt: number;
}

export interface Reading {
  readonly readAt: number;
  /** Unix time in ms. */
  readonly wallAt: number;
  readonly everyMs: number;
}

/**
 * @param before what was known after the poll before
 * @returns by address; and of single pods what of them cannot be read
 */
export function knownPods(
  { metrics, pods }: ReadPods,
  before: ReadonlyMap<string, ReadPod> | undefined,
  reading: Reading,
): { readonly known: ReadonlyMap<string, ReadPod>; readonly unreadable: readonly string[] } {
  const measured = new Map(metrics.map((one) => [nameOf(one), one]));
  const known = new Map<string, ReadPod>();
  const unreadable: string[] = [];
  for (const pod of pods) {
    const found = measured.get(nameOf(pod));
    if (found === undefined) continue;
    try {
      const use = podUse(pod, found);
      for (const ip of addressesOf(pod)) {
        const at = measuredAt(use, reading, before?.get(ip));
        const until = at + use.windowMs + POLLS * reading.everyMs;
        known.set(ip, { ...use, at, until, readAt: reading.readAt });
      }
    } catch (error) {
      unreadable.push((error as Error).message);
    }
  }
  return { known, unreadable };
}

/**
 * By the trainer's clock. What was not there at the last poll is no older than that, so that a node whose clock is behind
 * counts from its second measurement on; one whose clock is ahead has measured now.
 */
function measuredAt(use: PodUse, { readAt, wallAt }: Reading, before: ReadPod | undefined): number {
  const ageMs = Math.max(0, wallAt - use.measuredAt);
  if (before?.pod !== use.pod) return readAt - ageMs;
  if (before.measuredAt === use.measuredAt) return before.at;
  return readAt - Math.min(ageMs, readAt - before.readAt);
}

const nameOf = ({ metadata }: Pick<Pod, 'metadata'>): string => `${metadata?.namespace}/${metadata?.name}`;
