// Cpu and memory of pods from the resource metrics API (metrics.k8s.io), asked again and again. Nothing waits for it: what
// was read last counts until it is too old, and what goes wrong is told once.
import type { KubeConfig } from '@kubernetes/client-node';
import type { EventSink } from '../event.js';
import { knownPods, type ReadPod } from './known-pods.js';
import type { KnownPod, PodSource } from './pod-source.js';
import { readPods } from './read-pods.js';

export interface KubernetesPodsOptions {
  readonly config: KubeConfig;
  /** Absent = all; that takes rights in all of them. */
  readonly namespaces?: readonly string[];
  readonly everyMs: number;
  readonly events: EventSink;
  /** Monotone, in ms. */
  readonly now: () => number;
  /** Unix time in ms. */
  readonly wallNow: () => number;
}

/** Asks at once, and does not wait for the answer. */
export function kubernetesPods(options: KubernetesPodsOptions): PodSource {
  return new KubernetesPods(options);
}

class KubernetesPods implements PodSource {
  /** By namespace, '' = all, then by address. */
  readonly #known = new Map<string, ReadonlyMap<string, ReadPod>>();
  readonly #closing = new AbortController();
  /** What is wrong now, by kind of event. */
  readonly #troubles = new Map<string, string>();
  #hasToldUnstated = false;
  #readAt: number;
  #timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: KubernetesPodsOptions) {
    this.#readAt = options.now();
    void this.#poll();
  }

  of(ip: string, now: number): KnownPod | undefined {
    for (const pods of this.#known.values()) {
      const found = pods.get(ip);
      if (found === undefined || now > found.until) continue;
      if (found.cpu === undefined && found.memory === undefined) this.#tellUnstated(found.pod);
      return found;
    }
    return undefined;
  }

  pods(now: number): number {
    const known = [...this.#known.values()].flatMap((pods) => [...pods.values()]);
    return new Set(known.filter(({ until }) => now <= until).map(({ pod }) => pod)).size;
  }

  ageMs(now: number): number {
    return now - this.#readAt;
  }

  close(): void {
    this.#closing.abort();
    clearTimeout(this.#timer);
  }

  async #poll(): Promise<void> {
    const { namespaces = [''], everyMs, now } = this.options;
    const read = await Promise.allSettled([...new Set(namespaces)].map((one) => this.#read(one)));
    if (this.#closing.signal.aborted) return;
    const failed = read.flatMap((one) => (one.status === 'rejected' ? [(one.reason as Error).message] : []));
    const unreadable = read.flatMap((one) => (one.status === 'fulfilled' ? [...one.value] : []));
    if (failed.length === 0) this.#readAt = now();
    this.#tell('resources.kubernetes', failed, (what) =>
      what === undefined
        ? 'The cpu and memory of pods are read again.'
        : `The cpu and memory of pods cannot be read: ${what}. It is tried every ${everyMs / 1000} s.`,
    );
    this.#tell('resources.pods', unreadable.slice(0, 1), (what) =>
      what === undefined
        ? 'The cpu and memory of all pods are read again.'
        : `The cpu and memory of ${unreadable.length} of the pods cannot be read and do not count: ${what}.`,
    );
    this.#timer = setTimeout(() => void this.#poll(), everyMs);
  }

  /** @returns what cannot be read of single pods @throws as readPods */
  async #read(namespace: string): Promise<readonly string[]> {
    const { config, now, wallNow, everyMs } = this.options;
    const read = await readPods(config, namespace, this.#closing.signal);
    const reading = { readAt: now(), wallAt: wallNow(), everyMs };
    const { known, unreadable } = knownPods(read, this.#known.get(namespace), reading);
    this.#known.set(namespace, known);
    return unreadable;
  }

  /** Once, of a pod that is an endpoint: what others state does not matter. */
  #tellUnstated(pod: string): void {
    if (this.#hasToldUnstated) return;
    this.#hasToldUnstated = true;
    this.options.events.emit(
      'resources.pod-unstated',
      `Pod ${pod} states neither limits nor requests, so that nobody knows what share of its cpu and memory is in use; others may be like it.`,
    );
  }

  /** Once for as long as the same is wrong, and once when it is over. */
  #tell(what: string, wrong: readonly string[], message: (wrong: string | undefined) => string): void {
    const now = wrong.length > 0 ? [...new Set(wrong)].join('; ') : undefined;
    if (now === this.#troubles.get(what)) return;
    if (now === undefined) this.#troubles.delete(what);
    else this.#troubles.set(what, now);
    this.options.events.emit(`${what}-${now === undefined ? 'back' : 'away'}`, message(now));
  }
}
