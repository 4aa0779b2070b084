// One Lease of coordination.k8s.io/v1, read and written with its resourceVersion: of two who write what they both read, one
// does.
import { ApiException, CoordinationV1Api, type KubeConfig, type V1Lease } from '@kubernetes/client-node';
import { apiErrorText } from '../../publish/kubernetes/api-error.js';
import { limitedCall, type CallOptions } from '../../publish/kubernetes/limited-call.js';
import { FIELD_MANAGER, type ResourceName } from '../../publish/kubernetes/resource-client.js';
import type { LeaseSpec } from './lease-spec.js';

/** A Lease as it was read, with what others wrote into its metadata. */
export interface Lease {
  readonly metadata?: { readonly resourceVersion?: string };
  readonly spec?: LeaseSpec;
}

export interface LeaseClient {
  /** `Lease NAMESPACE/NAME`, for messages. */
  readonly what: string;
  /** Undefined where there is none. @throws {Error} that names the Lease, as all of these */
  read(signal?: AbortSignal): Promise<Lease | undefined>;
  /** Undefined where somebody else made it first. */
  create(spec: LeaseSpec, signal?: AbortSignal): Promise<Lease | undefined>;
  /** Undefined where it was changed or removed since `lease` was read. */
  update(lease: Lease, spec: LeaseSpec, signal?: AbortSignal): Promise<Lease | undefined>;
}

/** What the service account lacks. */
export class LeaseForbidden extends Error {
  override readonly name = 'LeaseForbidden';
}

/** @param timeoutMs the longest that one call may take */
export function createLeaseClient(
  kubeConfig: KubeConfig,
  { namespace, name }: ResourceName,
  timeoutMs: number,
): LeaseClient {
  const api = kubeConfig.makeApiClient(CoordinationV1Api);
  const what = `Lease ${namespace}/${name}`;
  // The library knows no type for times with microseconds, and passes them on as they are.
  const write = (lease: object) => ({
    ...{ namespace, fieldManager: FIELD_MANAGER },
    body: lease as V1Lease,
  });
  return {
    what,
    read: (signal) => call(signal, [404], (options) => api.readNamespacedLease({ namespace, name }, options)),
    create: (spec, signal) => {
      const metadata = { name, namespace };
      return call(signal, [409], (options) => api.createNamespacedLease(write({ metadata, spec }), options));
    },
    update: (lease, spec, signal) =>
      call(signal, [404, 409], (options) =>
        api.replaceNamespacedLease({ name, ...write({ ...lease, spec }) }, options),
      ),
  };

  /** @param expected statuses that are an answer too: undefined */
  async function call(
    signal: AbortSignal | undefined,
    expected: readonly number[],
    send: (options: CallOptions) => Promise<V1Lease>,
  ): Promise<Lease | undefined> {
    try {
      return (await limitedCall({ timeoutMs, signal }, send)) as unknown as Lease;
    } catch (thrown) {
      const code = thrown instanceof ApiException ? thrown.code : undefined;
      if (code !== undefined && expected.includes(code)) return undefined;
      const message = `${what}: ${apiErrorText(thrown)}`;
      if (code !== 403) throw new Error(message, { cause: thrown });
      throw new LeaseForbidden(
        `${message}; it needs a Role in ${namespace} with get and update of leases (coordination.k8s.io) named ${name}, ` +
          'and create of leases',
      );
    }
  }
}
