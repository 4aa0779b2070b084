// What is written into a Lease, as leaderelection of client-go writes it, so that other tools read it as they are used to.
import { microTime } from '../../publish/kubernetes/micro-time.js';

export interface LeaseSpec {
  /** Empty = nobody. */
  readonly holderIdentity?: string;
  readonly leaseDurationSeconds?: number;
  /** RFC 3339 with microseconds, as the API server demands. */
  readonly acquireTime?: string;
  readonly renewTime?: string;
  readonly leaseTransitions?: number;
}

export interface Claim {
  readonly identity: string;
  readonly leaseDurationSeconds: number;
  /** Unix time, ms: for people, since nobody decides by it. */
  readonly wallMs: number;
}

/** Of a new holder; of the same one again its time goes on. */
export function taken(before: LeaseSpec | undefined, claim: Claim): LeaseSpec {
  const { identity, leaseDurationSeconds, wallMs } = claim;
  const now = microTime(wallMs);
  const isSame = before?.holderIdentity === identity;
  const transitions = before?.leaseTransitions ?? 0;
  return {
    ...before,
    holderIdentity: identity,
    leaseDurationSeconds,
    acquireTime: (isSame ? before.acquireTime : undefined) ?? now,
    renewTime: now,
    leaseTransitions: before === undefined || isSame ? transitions : transitions + 1,
  };
}

/** Nobody's: the next one need not wait. */
export function released(before: LeaseSpec, wallMs: number): LeaseSpec {
  const now = microTime(wallMs);
  return { ...before, holderIdentity: '', leaseDurationSeconds: 1, acquireTime: now, renewTime: now };
}

/** For how long a holder may be silent. @param ownMs where the Lease does not say it */
export function patienceMs(spec: LeaseSpec, ownMs: number): number {
  if (!spec.holderIdentity) return 0;
  return spec.leaseDurationSeconds === undefined ? ownMs : spec.leaseDurationSeconds * 1000;
}
