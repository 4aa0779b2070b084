// What an API server said no with: whether it may pass, and who owns a field that was to change.
import { STATUS_CODES } from 'node:http';
import { ApiException } from '@kubernetes/client-node';
import { PassingError, RefusedError } from '../publisher.js';

/** Statuses below 500 that may pass: a token on its way to be renewed, a slow request, a race, too many requests. */
const PASSING: readonly number[] = [401, 408, 409, 429];
const MAX_MESSAGE = 500;
/** An API server that has just started answers 403 to everybody until it has read its roles; a Role may be on its way. */
const FORBIDDEN_PATIENCE_MS = 30_000;

/** Refused by server-side apply since others own fields that were to change. */
export class OwnershipError extends RefusedError {
  override readonly name = 'OwnershipError';

  constructor(
    what: string,
    readonly conflicts: readonly Conflict[],
  ) {
    const owned = conflicts.map(({ field, manager }) => `${field} (${manager})`).join(', ');
    super(`${what}: others manage fields that are to change: ${owned}`);
  }
}

interface Conflict {
  /** Path as the API server writes it: `.spec.pluginConfig.mode`. */
  readonly field: string;
  /** `conflict with "kubectl-edit" using extensions.istio.io/v1alpha1`, or the manager's name alone. */
  readonly manager: string;
}

/** meta/v1 Status, as far as it is read. */
interface Status {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[]; readonly retryAfterSeconds?: number };
}

interface Cause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

/** @param what the resource, for the message */
export function asPublishError(thrown: unknown, what: string): Error {
  if (thrown instanceof RefusedError || thrown instanceof PassingError) return thrown;
  if (!(thrown instanceof ApiException)) return new PassingError(`${what}: ${messageOf(thrown)}`);
  // The library types bodies and headers as `any`.
  const { code, headers } = thrown as ApiException<unknown>;
  const status = statusOf((thrown as ApiException<unknown>).body);
  const conflicts = conflictsOf(status);
  if (conflicts.length > 0) return new OwnershipError(what, conflicts);
  const message = `${what}: ${saidOf(code, status)}`;
  if (code >= 400 && code < 500 && !PASSING.includes(code))
    return new RefusedError(message, code === 403 ? FORBIDDEN_PATIENCE_MS : 0);
  return new PassingError(message, retryAfterMs(headers['retry-after'], status));
}

/** In one line, for people: `403 endpointslices.discovery.k8s.io is forbidden: ..`, or why there was no answer. */
export function apiErrorText(thrown: unknown): string {
  if (!(thrown instanceof ApiException)) return messageOf(thrown);
  return saidOf(thrown.code, statusOf((thrown as ApiException<unknown>).body));
}

const saidOf = (code: number, { message }: Status): string =>
  `${code} ${(message ?? STATUS_CODES[code] ?? '').slice(0, MAX_MESSAGE)}`;

/** Whether the other side changed meanwhile, so that a fresh look may help at once. */
export function isStale(thrown: unknown): boolean {
  return (
    thrown instanceof ApiException && thrown.code === 409 && conflictsOf(statusOf(thrown.body)).length === 0
  );
}

/** The library parses bodies that are called JSON, and hands over others as text. */
function statusOf(body: unknown): Status {
  if (typeof body === 'object' && body !== null) return body;
  if (typeof body !== 'string') return {};
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === 'object' && parsed !== null ? parsed : {};
  } catch {
    // A proxy in between answers in its own words.
    return { message: body.trim() };
  }
}

function conflictsOf(status: Status): Conflict[] {
  const causes = status.details?.causes ?? [];
  return causes
    .filter(({ reason }) => reason === 'FieldManagerConflict')
    .map(({ field = '?', message = '?' }) => ({ field, manager: message.replace(/^conflict with /, '') }));
}

/** The header's seconds; API servers write no dates there. */
function retryAfterMs(header: string | undefined, status: Status): number {
  const seconds = Number(header ?? status.details?.retryAfterSeconds ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

/** Also of what lies beneath: `fetch failed` alone says nothing. */
function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  const cause = thrown.cause instanceof Error ? ` (${thrown.cause.message})` : '';
  return `${thrown.message}${cause}`;
}
