// Reads and patches named resources of a Kubernetes API server, with a limit on the time that each call takes.
//
// What the library (@kubernetes/client-node) does and does not: `CustomObjectsApi` sends every call once, without retry
// and without a time limit of its own, so that a half-closed connection would hang for minutes; it sends patches as JSON
// patches unless a middleware writes another content type; in-cluster tokens are read anew every minute. Its watches and
// informers are not used: nothing here waits for a resource to change.
import {
  CustomObjectsApi,
  EventsV1Api,
  Observable,
  PatchStrategy,
  type KubeConfig,
  type EventsV1Event,
  type RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';
import { traceHeaders } from '../../tracing/in-span.js';

export interface ResourceType {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  /** As in the path: `wasmplugins`. */
  readonly plural: string;
}

export interface ResourceName {
  readonly namespace: string;
  readonly name: string;
}

export interface Resource {
  readonly metadata: {
    readonly uid: string;
    readonly resourceVersion: string;
    readonly managedFields?: readonly ManagedFields[];
  };
  readonly spec?: unknown;
  readonly status?: unknown;
}

export interface ManagedFields {
  readonly manager?: string;
  readonly fieldsV1?: unknown;
}

/** RFC 6902. */
export interface PatchOperation {
  readonly op: 'add' | 'replace' | 'test';
  readonly path: string;
  readonly value: unknown;
}

/** The one name under which Weir writes. */
export const FIELD_MANAGER = 'weir-trainer';
const TIMEOUT_MS = 10_000;

/** All calls throw what the library throws: `ApiException` for an answer, anything else for none. */
export interface ResourceClient {
  read(type: ResourceType, name: ResourceName, signal?: AbortSignal): Promise<Resource>;
  /** Server-side apply. */
  apply(
    type: ResourceType,
    name: ResourceName,
    body: object,
    force: boolean,
    signal?: AbortSignal,
  ): Promise<Resource>;
  patch(
    type: ResourceType,
    name: ResourceName,
    operations: readonly PatchOperation[],
    signal?: AbortSignal,
  ): Promise<Resource>;
  /** Merge patch of the status subresource. */
  patchStatus(type: ResourceType, name: ResourceName, body: object, signal?: AbortSignal): Promise<Resource>;
  /** An Event of events.k8s.io/v1. */
  createEvent(namespace: string, event: object, signal?: AbortSignal): Promise<void>;
}

/** @param timeoutMs the longest that one call may take */
export function createResourceClient(kubeConfig: KubeConfig, timeoutMs = TIMEOUT_MS): ResourceClient {
  const api = kubeConfig.makeApiClient(CustomObjectsApi);
  const events = kubeConfig.makeApiClient(EventsV1Api);
  const place = ({ group, version, plural }: ResourceType, { namespace, name }: ResourceName) => ({
    group,
    version,
    plural,
    namespace,
    name,
  });
  const patch = (type: ResourceType, name: ResourceName, body: unknown, force?: boolean) => ({
    ...place(type, name),
    body,
    fieldManager: FIELD_MANAGER,
    ...(force === undefined ? {} : { force }),
  });
  return {
    read: (type, name, signal) =>
      limited(signal, (options) => api.getNamespacedCustomObject(place(type, name), options)),
    apply: (type, name, body, force, signal) =>
      limited(
        signal,
        (options) => api.patchNamespacedCustomObject(patch(type, name, body, force), options),
        PatchStrategy.ServerSideApply,
      ),
    patch: (type, name, operations, signal) =>
      limited(
        signal,
        (options) => api.patchNamespacedCustomObject(patch(type, name, operations), options),
        PatchStrategy.JsonPatch,
      ),
    patchStatus: (type, name, body, signal) =>
      limited(
        signal,
        (options) => api.patchNamespacedCustomObjectStatus(patch(type, name, body), options),
        PatchStrategy.MergePatch,
      ),
    async createEvent(namespace, body, signal) {
      // The library's type wants a Date, and would cut the microseconds off.
      await limited(signal, (options) =>
        events.createNamespacedEvent({ namespace, body: body as EventsV1Event }, options),
      );
    },
  };

  /** Not `AbortSignal.any`, which in some versions of Node keeps something a call for as long as `outer` lives. */
  async function limited(
    outer: AbortSignal | undefined,
    call: (options: ReturnType<typeof callOptions>) => Promise<unknown>,
    contentType?: string,
  ): Promise<Resource> {
    const controller = new AbortController();
    const stop = () => controller.abort();
    const timer = setTimeout(stop, timeoutMs);
    outer?.addEventListener('abort', stop);
    if (outer?.aborted) stop();
    try {
      return (await call(callOptions(controller.signal, contentType))) as Resource;
    } catch (error) {
      if (!controller.signal.aborted || outer?.aborted) throw error;
      throw new Error(`no answer within ${timeoutMs} ms`, { cause: error });
    } finally {
      clearTimeout(timer);
      outer?.removeEventListener('abort', stop);
    }
  }
}

function callOptions(signal: AbortSignal, contentType: string | undefined) {
  const pre = (request: RequestContext) => {
    request.setSignal(signal);
    if (contentType !== undefined) request.setHeaderParam('Content-Type', contentType);
    for (const [name, value] of Object.entries(traceHeaders())) request.setHeaderParam(name, value);
    return new Observable(Promise.resolve(request));
  };
  const post = (response: ResponseContext) => new Observable(Promise.resolve(response));
  return { middleware: [{ pre, post }], middlewareMergeStrategy: 'append' as const };
}
