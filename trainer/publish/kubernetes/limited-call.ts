// One call of the Kubernetes API with a limit on the time that it takes, and with the headers of the trace it is part of.
//
// What the library (@kubernetes/client-node) does and does not: it sends every call once, without retry and without a time
// limit of its own, so that a half-closed connection would hang for minutes; it sends patches as JSON patches unless a
// middleware writes another content type; in-cluster tokens are read anew every minute.
import { Observable, type RequestContext, type ResponseContext } from '@kubernetes/client-node';
import { traceHeaders } from '../../tracing/in-span.js';

export interface CallLimits {
  readonly timeoutMs: number;
  /** Gives the call up. */
  readonly signal: AbortSignal | undefined;
  readonly contentType?: string | undefined;
}

export type CallOptions = ReturnType<typeof callOptions>;

/** Not `AbortSignal.any`, which in some versions of Node keeps something a call for as long as `signal` lives. */
export async function limitedCall<T>(
  { timeoutMs, signal, contentType }: CallLimits,
  call: (options: CallOptions) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  const timer = setTimeout(stop, timeoutMs);
  signal?.addEventListener('abort', stop);
  if (signal?.aborted) stop();
  try {
    return await call(callOptions(controller.signal, contentType));
  } catch (error) {
    if (!controller.signal.aborted || signal?.aborted) throw error;
    throw new Error(`no answer within ${timeoutMs} ms`, { cause: error });
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
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
