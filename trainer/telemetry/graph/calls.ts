// A trace as calls between services. A call is a client's span and the server's span below it; where one of the two is
// missing (no sidecar there, or no answer), the other one has to do.
import type { Span } from '../traces/span.js';
import { placed, type Placed } from './call-roles.js';
import { ownTime, type OwnTime } from './own-time.js';
import { templateOf } from './path-template.js';
import type { ServiceNames } from './service-names.js';
import type { SpanNode } from './span-tree.js';

export interface Call extends OwnTime {
  /** Of the callee, else of the caller: tells calls of a trace apart. */
  readonly spanId: string;
  /** Absent where the caller is not traced: the request came from outside. */
  readonly from?: string | undefined;
  readonly to: string;
  /** `ip:port` that served it. */
  readonly endpoint?: string | undefined;
  /** Name of what served it: `api-2`. */
  readonly instance?: string | undefined;
  readonly method?: string | undefined;
  /** With ids taken out. */
  readonly path?: string | undefined;
  /** As the caller saw it. */
  readonly totalMs: number;
  /** Of the caller's time, what the callee did not see: network, proxies, their queues. */
  readonly betweenMs: number;
  readonly failed: boolean;
  /** Of a failed call: HTTP status, `no answer`, or `error` where the protocol has no status. */
  readonly code?: string | undefined;
  /** No call below it failed: the failure begins here. */
  readonly isOrigin: boolean;
}

/** @param root marked by `markCriticalPath` */
export function callsOf(root: SpanNode, names: ServiceNames): Call[] {
  const all = placed(root);
  const roles = new Map(all.map(({ node, role }) => [node, role]));
  const failing = failuresBelow(all);
  const lastTries = new Map<SpanNode, SpanNode>();
  for (const { node, role, up } of all) {
    if (role !== 'server' || up?.role !== 'client') continue;
    const last = lastTries.get(up.node);
    if (last === undefined || node.endMs >= last.endMs) lastTries.set(up.node, node);
  }
  const calls: Call[] = [];
  for (const { node, role, up } of all) {
    const caller = up?.role === 'client' ? up.node : undefined;
    if (role === 'server' || node === root) {
      if (caller?.span.peer !== undefined) names.learn(caller.span.peer, node.span.service);
      // A client that tried several servers tells of the last one.
      const isLast = caller !== undefined && lastTries.get(caller) === node;
      const own = ownTime(node, roles);
      // Whoever begins a trace without being called only waits: failures begin elsewhere.
      const failsBelow = role !== 'server' || failing.has(node);
      calls.push(served(node.span, caller?.span, isLast, own, failsBelow));
    }
    if (role === 'client' && !lastTries.has(node) && node.span.peer !== undefined)
      calls.push(unseen(node, names.of(node.span.peer), failing.has(node)));
  }
  return calls;
}

function served(
  span: Span,
  caller: Span | undefined,
  isLast: boolean,
  own: OwnTime,
  failsBelow: boolean,
): Call {
  const seen = isLast ? caller : undefined;
  const failed = span.failed || (seen?.failed ?? false);
  return {
    spanId: span.spanId,
    from: caller?.service,
    to: span.service,
    endpoint: seen?.endpoint,
    instance: span.instance,
    method: span.method ?? caller?.method,
    path: templateOrNone(span.path ?? caller?.path),
    selfMs: own.selfMs,
    waitingMs: own.waitingMs,
    criticalMs: own.criticalMs,
    totalMs: seen?.durationMs ?? span.durationMs,
    betweenMs: seen === undefined ? 0 : Math.max(0, seen.durationMs - span.durationMs),
    failed,
    code: failed ? codeOf(span.failed ? span : seen!) : undefined,
    isOrigin: failed && !failsBelow,
  };
}

/** Nobody but the caller saw it. */
function unseen({ span, criticalMs }: SpanNode, to: string, failsBelow: boolean): Call {
  return {
    spanId: span.spanId,
    from: span.service,
    to,
    endpoint: span.endpoint,
    instance: undefined,
    method: span.method,
    path: templateOrNone(span.path),
    selfMs: span.durationMs,
    waitingMs: 0,
    criticalMs,
    totalMs: span.durationMs,
    betweenMs: 0,
    failed: span.failed,
    code: span.failed ? codeOf(span) : undefined,
    isOrigin: span.failed && !failsBelow,
  };
}

const templateOrNone = (path: string | undefined): string | undefined =>
  path === undefined ? undefined : templateOf(path);

function codeOf({ status }: Span): string {
  if (status === undefined) return 'error';
  return status === 0 ? 'no answer' : String(status);
}

/** Nodes with a failed call somewhere below. */
function failuresBelow(all: readonly Placed[]): Set<SpanNode> {
  const failing = new Set<SpanNode>();
  for (const { node } of all.toReversed()) {
    if (node.children.some((child) => failing.has(child) || isFailedCall(child))) failing.add(node);
  }
  return failing;
}

const isFailedCall = ({ span }: SpanNode): boolean => span.failed && span.kind !== 'internal';
