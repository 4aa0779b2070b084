// Reads and patches named resources of a Kubernetes API server, with a limit on the time that each call takes.
//
// Watches and informers of the library (@kubernetes/client-node) are not used: nothing here waits for a resource to change.
import {
  CustomObjectsApi,
  EventsV1Api,
  PatchStrategy,
  type KubeConfig,
  type EventsV1Event,
} from '@kubernetes/client-node';
import { limitedCall, type CallOptions } from './limited-call.js';

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
  const limited = async (
    signal: AbortSignal | undefined,
    call: (options: CallOptions) => Promise<unknown>,
    contentType?: string,
  ) => (await limitedCall({ timeoutMs, signal, contentType }, call)) as Resource;
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
}
