// Manifests against a cluster: what is there, what would come of applying them, and applying them.
import {
  ApiException,
  KubernetesObjectApi,
  PatchStrategy,
  type KubeConfig,
  type KubernetesObject,
} from '@kubernetes/client-node';
import { ownersOf } from '../publish/kubernetes/managed-fields.js';
import { FIELD_MANAGER, type Resource } from '../publish/kubernetes/resource-client.js';
import { asPublishError } from '../publish/kubernetes/api-error.js';
import { pluginName } from './wasm-plugin.js';

const INSTALLER = 'weir-install';

export interface Change {
  readonly what: string;
  /** Undefined = it is not there yet. */
  readonly before: object | undefined;
  readonly after: object;
}

export class Cluster {
  readonly #api: KubernetesObjectApi;

  /** @param force take over fields that others manage */
  constructor(
    kubeConfig: KubeConfig,
    private readonly force: boolean,
  ) {
    this.#api = KubernetesObjectApi.makeApiClient(kubeConfig);
  }

  /** What applying would change; nothing is changed. @throws {RefusedError} naming the resource and what is wrong with it */
  preview(manifest: object): Promise<Change> {
    return this.#apply(manifest, 'All');
  }

  /** Server-side apply. @throws {RefusedError | PassingError} naming the resource and what is wrong with it */
  apply(manifest: object): Promise<Change> {
    return this.#apply(manifest);
  }

  async #apply(manifest: object, dryRun?: 'All'): Promise<Change> {
    const wanted = manifest as KubernetesObject;
    const what = describe(wanted);
    try {
      const before = await this.#read(wanted);
      const body = withoutPublished(wanted, before);
      const after = await this.#api.patch(
        ...([body, undefined, dryRun, INSTALLER, this.force, PatchStrategy.ServerSideApply] as const),
      );
      return { what, before: before && comparable(before), after: comparable(after) };
    } catch (error) {
      throw asPublishError(error, what);
    }
  }

  async #read({ apiVersion, kind, metadata }: KubernetesObject): Promise<KubernetesObject | undefined> {
    try {
      return await this.#api.read({
        ...{ apiVersion: apiVersion!, kind: kind! },
        metadata: { name: metadata!.name!, namespace: metadata!.namespace ?? '' },
      });
    } catch (error) {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    }
  }
}

export const describe = ({ kind, metadata }: KubernetesObject): string =>
  `${kind} ${metadata?.namespace === undefined ? '' : `${metadata.namespace}/`}${metadata?.name}`;

/** The models that the trainer published stay: an installation brings the first one only. */
function withoutPublished(wanted: KubernetesObject, live: KubernetesObject | undefined): KubernetesObject {
  if (live === undefined || wanted.metadata?.name !== pluginName('client')) return wanted;
  const within = wanted.kind === 'TrafficExtension' ? ['spec', 'wasm'] : ['spec'];
  const path = [...within, 'pluginConfig', 'model'];
  if (!ownersOf(live as Resource, path).includes(FIELD_MANAGER)) return wanted;
  const copy = structuredClone(wanted);
  const config = path.slice(0, -1).reduce<unknown>((at, key) => (at as Record<string, unknown>)[key], copy);
  delete (config as { model?: string }).model;
  return copy;
}

/** Without what the API server keeps for itself. */
function comparable(object: KubernetesObject): object {
  const { metadata, status: _status, ...shown } = object as { metadata?: object; status?: unknown };
  const own = ['managedFields', 'resourceVersion', 'generation', 'uid', 'creationTimestamp'];
  const kept = Object.entries(metadata ?? {}).filter(([key]) => !own.includes(key));
  return { ...shown, metadata: Object.fromEntries(kept) };
}
