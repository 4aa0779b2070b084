// Cpu and memory of pods from the resource metrics API (metrics.k8s.io), asked again and again. Nothing waits for it: what
// was read last counts until it is too old, and what goes wrong is told once.
import { ApiException, type KubeConfig, type PodMetricsList } from '@kubernetes/client-node';
import { asPublishError } from '../../publish/kubernetes/api-error.js';
import { getJson } from '../../publish/kubernetes/get-json.js';
import type { EventSink } from '../event.js';
import type { KnownPod, PodSource } from './pod-source.js';
import { addressesOf, podUse, type Pod, type PodUse } from './pod-use.js';

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

interface ReadPod extends KnownPod {
  /** As the node's clock said it, Unix time in ms. */
  readonly measuredAt: number;
  /** When that was read last, ms of the trainer's clock. */
  readonly readAt: number;
}

interface PodList {
  readonly items: Pod[];
}

const TIMEOUT_MS = 10_000;
/** What was measured counts for its own window and as long as so many polls take: a lost one costs nothing. */
const POLLS = 3;
/** Running ones, as the API server last saw them: no read of its storage. */
const LISTED = 'fieldSelector=status.phase%3DRunning&resourceVersion=0';

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
    const failed = read.flatMap((one) => (one.status === 'rejected' ? [messageOf(one.reason)] : []));
    const unreadable = read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
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

  /** @returns what cannot be read of single pods @throws {Error} that says what was not answered, where and what to do */
  async #read(namespace: string): Promise<string[]> {
    const scope = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    const where = namespace === '' ? 'all namespaces' : `namespace ${namespace}`;
    const [metrics, pods] = await Promise.allSettled([
      this.#list<PodMetricsList>(
        `/apis/metrics.k8s.io/v1beta1${scope}/pods`,
        `pods.metrics.k8s.io of ${where}`,
      ),
      this.#list<PodList>(`/api/v1${scope}/pods?${LISTED}`, `pods of ${where}`),
    ]);
    // In this order, whichever failed first: what is wrong is told by what it says.
    const failed = [metrics, pods].flatMap((one) =>
      one.status === 'rejected' ? [messageOf(one.reason)] : [],
    );
    if (metrics.status === 'rejected' || pods.status === 'rejected') throw new Error(failed.join('; '));
    const unreadable: string[] = [];
    const before = this.#known.get(namespace);
    this.#known.set(namespace, this.#join(metrics.value, pods.value, before, unreadable));
    return unreadable;
  }

  async #list<List extends { readonly items: unknown[] }>(path: string, what: string): Promise<List> {
    const limits = { timeoutMs: TIMEOUT_MS, signal: this.#closing.signal };
    try {
      const list = (await getJson(this.options.config, path, limits)) as Partial<List> | null;
      if (Array.isArray(list?.items)) return list as List;
      throw new Error('the answer is no list');
    } catch (error) {
      throw new Error(asPublishError(error, what).message + hintOf(error, what), { cause: error });
    }
  }

  #join(
    metrics: PodMetricsList,
    pods: PodList,
    before: ReadonlyMap<string, ReadPod> | undefined,
    unreadable: string[],
  ): Map<string, ReadPod> {
    const readAt = this.options.now();
    const measured = new Map(metrics.items.map((one) => [nameOf(one), one]));
    const known = new Map<string, ReadPod>();
    for (const pod of pods.items) {
      const found = measured.get(nameOf(pod));
      if (found === undefined) continue;
      try {
        const use = podUse(pod, found);
        for (const ip of addressesOf(pod)) {
          const at = this.#atOf(use, readAt, before?.get(ip));
          const until = at + use.windowMs + POLLS * this.options.everyMs;
          known.set(ip, { ...use, at, until, readAt });
        }
      } catch (error) {
        unreadable.push(messageOf(error));
      }
    }
    return known;
  }

  /**
   * By the trainer's clock. What was not there at the last poll is no older than that, so that a node whose clock is
   * behind counts from its second measurement on; one whose clock is ahead has measured now.
   */
  #atOf({ pod, measuredAt }: PodUse, readAt: number, before: ReadPod | undefined): number {
    const ageMs = Math.max(0, this.options.wallNow() - measuredAt);
    if (before?.pod !== pod) return readAt - ageMs;
    if (before.measuredAt === measuredAt) return before.at;
    return readAt - Math.min(ageMs, readAt - before.readAt);
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

const nameOf = ({ metadata }: Pick<Pod, 'metadata'>): string => `${metadata?.namespace}/${metadata?.name}`;

function hintOf(error: unknown, what: string): string {
  if (!(error instanceof ApiException)) return '';
  if (error.code === 403) return `: let the trainer's service account list ${what}, as weir install does`;
  if (!what.startsWith('pods.metrics')) return '';
  if (error.code === 404) return ': install metrics-server, or leave resources.kubernetes out';
  return error.code === 503 ? ': see kubectl get apiservice v1beta1.metrics.k8s.io' : '';
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
