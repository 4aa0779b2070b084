// Brings a plugin configuration into a resource by server-side apply.
//
// How the API server merges it: both CRDs declare `pluginConfig` as `type: object` with
// `x-kubernetes-preserve-unknown-fields: true` and no properties. Such a field has the deduced type of structured merge
// (kube-openapi, schemaconv): maps merge key by key at every depth, lists and scalars are owned as a whole. So ownership
// is by leaf, `f:pluginConfig: { f:model: {}, f:candidate: { f:share: {} } }`, and it follows:
// - an equal value is shared with who wrote it, another one is a conflict that names the leaf and its manager;
// - a key that this manager applied and now leaves out goes away, unless another manager owns it too;
// - keys that only others wrote stay, and what is not applied (url, selector, phase) stays theirs.
// The whole configuration is applied, since what it says must be what runs: a leaf that a person changed by hand is a
// conflict and not silently undone.
//
// Each apply carries the uid and the resourceVersion just read. So a resource that was deleted meanwhile is not made anew
// out of a part of its spec, a forced apply overrides nothing but the conflicts it was told of, and one that was given up
// but still reaches the server cannot undo the one after it. RBAC: get and patch on the named resource; and create, which
// names it too, where Weir is to make it.
import { ApiException } from '@kubernetes/client-node';
import { RefusedError, type Publisher } from '../publisher.js';
import { asPublishError, isStale, OwnershipError } from './api-error.js';
import { ownersOf } from './managed-fields.js';
import type { Resource, ResourceClient, ResourceName, ResourceType } from './resource-client.js';

/** `fail`, or take over the fields in conflict: the models alone, or whatever the configuration has. */
export type OnConflict = 'fail' | 'take-models' | 'take-all';

export interface ApplyTarget extends ResourceName {
  readonly type: ResourceType;
  /** Where in the spec the plugin configuration lies. */
  readonly path: readonly string[];
  /** The rest of the spec, for a resource that Weir makes and manages; without it the resource must be there. */
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly onConflict: OnConflict;
}

const TRIES = 5;
const MODEL_KEYS = ['model', 'candidate'];

export function createApplyPublisher(client: ResourceClient, target: ApplyTarget): Publisher {
  const { type, path } = target;
  const what = `${type.kind} ${target.namespace}/${target.name}`;
  const prefix = `.${['spec', ...path].join('.')}`;

  return {
    async publish(configuration, signal) {
      for (let left = TRIES; ; left--) {
        try {
          return check(await applyOnce(configuration, signal), configuration);
        } catch (error) {
          if (left === 0 || !isStale(error)) throw asPublishError(error, what);
        }
      }
    },
  };

  async function applyOnce(configuration: object, signal: AbortSignal | undefined): Promise<Resource> {
    const current = await read(signal);
    const body = {
      apiVersion: `${type.group}/${type.version}`,
      kind: type.kind,
      metadata: {
        name: target.name,
        namespace: target.namespace,
        ...(current ? identity(current) : {}),
      },
      spec: withValue(target.spec ?? {}, path, configuration),
    };
    try {
      return await client.apply(type, target, body, false, signal);
    } catch (thrown) {
      const error = asPublishError(thrown, what);
      if (!(error instanceof OwnershipError) || !mayTake(error)) throw thrown;
      return client.apply(type, target, body, true, signal);
    }
  }

  async function read(signal: AbortSignal | undefined): Promise<Resource | undefined> {
    try {
      return await client.read(type, target, signal);
    } catch (error) {
      if (!(error instanceof ApiException) || error.code !== 404) throw error;
      if (target.spec !== undefined) return undefined;
      const { message } = asPublishError(error, what);
      throw new RefusedError(`${message}; create it, or say its \`spec\` so that Weir may`);
    }
  }

  function mayTake({ conflicts }: OwnershipError): boolean {
    if (target.onConflict !== 'take-models') return target.onConflict === 'take-all';
    const isModel = (field: string) =>
      MODEL_KEYS.some((key) => field === `${prefix}.${key}` || field.startsWith(`${prefix}.${key}.`));
    return conflicts.every(({ field }) => isModel(field));
  }

  /** A candidate that another manager owns as well survives our leaving it out. */
  function check(result: Resource, configuration: object): void {
    const there = path.reduce<unknown>((value, key) => field(value, key), result.spec);
    if ('candidate' in configuration || field(there, 'candidate') === undefined) return;
    const owners = ownersOf(result, ['spec', ...path, 'candidate']).join(', ');
    throw new RefusedError(`${what}: ${prefix}.candidate goes on, managed by ${owners}: remove it there`);
  }
}

function identity({ metadata: { uid, resourceVersion } }: Resource): object {
  return { uid, resourceVersion };
}

function field(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function withValue(
  within: Readonly<Record<string, unknown>>,
  path: readonly string[],
  value: object,
): object {
  const [key, ...rest] = path;
  if (key === undefined) return value;
  const inner = within[key];
  const next = typeof inner === 'object' && inner !== null ? (inner as Record<string, unknown>) : {};
  return { ...within, [key]: withValue(next, rest, value) };
}
