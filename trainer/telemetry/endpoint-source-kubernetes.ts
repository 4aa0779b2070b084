// Endpoint tables from Kubernetes: the EndpointSlices of services, listed and watched.
import {
  DiscoveryV1Api,
  makeInformer,
  type KubeConfig,
  type V1EndpointSlice,
  type V1EndpointSliceList,
} from '@kubernetes/client-node';
import { apiErrorText } from '../publish/kubernetes/api-error.js';
import { tableOf } from './endpoint-source-slices.js';
import { EndpointTable, type EndpointSource } from './endpoint-source.js';
import type { EventSink } from './event.js';

export interface KubernetesSourceOptions {
  readonly config: KubeConfig;
  /** Absent = all; that takes rights in all of them. */
  readonly namespace?: string;
  /** Of the slices, which have the labels of their service. */
  readonly labelSelector?: string;
  /** Name of the cluster of a port, with {service}, {namespace}, {portName} and {port}, the one at the pods. */
  readonly cluster: string;
  readonly events: EventSink;
  /** First wait before the API server is asked again, ms; it doubles up to 32 times that. */
  readonly retryMs?: number;
}

const RETRY_MS = 1000;
const LONGEST_RETRY = 32;
/** Changes of many slices, such as those of a list, become one table. */
const SETTLE_MS = 50;

/** Resolves after the first try, whether or not the API server answered: it is asked until it does. */
export async function kubernetesSource(options: KubernetesSourceOptions): Promise<EndpointSource> {
  const watcher = new SliceWatcher(options);
  await watcher.start();
  return watcher;
}

class SliceWatcher implements EndpointSource {
  readonly #options: KubernetesSourceOptions;
  readonly #retryMs: number;
  readonly #known = new EndpointTable();
  #informer: ReturnType<typeof makeInformer<V1EndpointSlice>> | undefined;
  #retry: NodeJS.Timeout | undefined;
  #settle: NodeJS.Timeout | undefined;
  #waitMs: number;
  /** Why nothing is heard; told once. */
  #away: string | undefined;
  #isClosed = false;

  constructor(options: KubernetesSourceOptions) {
    this.#options = options;
    this.#retryMs = options.retryMs ?? RETRY_MS;
    this.#waitMs = this.#retryMs;
  }

  get endpoints(): EndpointSource['endpoints'] {
    return this.#known.endpoints;
  }

  onChange(listener: () => void): () => void {
    return this.#known.onChange(listener);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearTimeout(this.#settle);
    await this.#informer?.stop();
  }

  /** A new informer each time: after an outage everything is listed anew. */
  async start(): Promise<void> {
    const { config, namespace, labelSelector } = this.#options;
    const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    const path = `/apis/discovery.k8s.io/v1${scope}/endpointslices`;
    const informer = makeInformer<V1EndpointSlice>(config, path, () => this.#list(), labelSelector);
    this.#informer = informer;
    informer.on('change', () => {
      this.#settle ??= setTimeout(() => {
        this.#update();
      }, SETTLE_MS);
    });
    informer.on('error', (error: unknown) => {
      if (this.#informer === informer) this.#lost(error);
    });
    await informer.start();
  }

  async #list(): Promise<V1EndpointSliceList> {
    const { config, namespace, labelSelector, events } = this.#options;
    const api = config.makeApiClient(DiscoveryV1Api);
    const selector = labelSelector === undefined ? {} : { labelSelector };
    const list = await (namespace === undefined
      ? api.listEndpointSliceForAllNamespaces(selector)
      : api.listNamespacedEndpointSlice({ namespace, ...selector }));
    if (this.#away !== undefined)
      events.emit('endpoints.kubernetes-back', 'The API server tells of endpoints again.');
    this.#away = undefined;
    this.#waitMs = this.#retryMs;
    // Also of an empty list, of which the informer says nothing.
    this.#known.replace(tableOf(list.items, this.#options.cluster));
    return list;
  }

  #update(): void {
    this.#settle = undefined;
    this.#known.replace(tableOf(this.#informer!.list(), this.#options.cluster));
  }

  #lost(error: unknown): void {
    if (this.#isClosed) return;
    void this.#informer?.stop();
    // Its list counts until the next one has been read.
    clearTimeout(this.#settle);
    this.#settle = undefined;
    const why = apiErrorText(error);
    if (this.#away !== why) {
      const message = `The API server does not tell of endpoints: ${why}; the table before stays.`;
      this.#options.events.emit('endpoints.kubernetes-away', message);
    }
    this.#away = why;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.start(), this.#waitMs);
    this.#waitMs = Math.min(2 * this.#waitMs, LONGEST_RETRY * this.#retryMs);
  }
}
