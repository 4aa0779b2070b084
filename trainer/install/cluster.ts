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
import { asPublishError, OwnershipError } from '../publish/kubernetes/api-error.js';
import { RefusedError } from '../publish/publisher.js';
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
    let before: KubernetesObject | undefined;
    try {
      before = await this.#read(wanted);
      const after = await this.#patch(withoutPublished(wanted, before), dryRun);
      return { what, before: before && comparable(before), after: comparable(after) };
    } catch (thrown) {
      // Its namespace is made by the same installation.
      if (dryRun && before === undefined && lacksNamespace(thrown)) return { what, before, after: manifest };
      const error = asPublishError(thrown, what);
      if (!(error instanceof OwnershipError)) throw error;
      throw new RefusedError(`${error.message}; --force takes them over`);
    }
  }

  /** What the trainer applied says what its configuration says, so it follows an installation that says otherwise. */
  async #patch(body: KubernetesObject, dryRun: 'All' | undefined): Promise<KubernetesObject> {
    const patch = (force: boolean) =>
      this.#api.patch(body, undefined, dryRun, INSTALLER, force, PatchStrategy.ServerSideApply);
    try {
      return await patch(this.force);
    } catch (thrown) {
      const error = asPublishError(thrown, describe(body));
      const isTrainers = ({ manager }: { readonly manager: string }) =>
        manager.startsWith(`"${FIELD_MANAGER}"`);
      if (!(error instanceof OwnershipError) || !error.conflicts.every(isTrainers)) throw thrown;
      return patch(true);
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

function lacksNamespace(thrown: unknown): boolean {
  if (!(thrown instanceof ApiException) || thrown.code !== 404) return false;
  return JSON.stringify(thrown.body).includes('namespaces');
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
