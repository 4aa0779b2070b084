// Traces in a line each, for the tests of the graph.
import type { Span } from '../../../../trainer/telemetry/traces/span.js';

export type Given = Partial<Span> & Pick<Span, 'spanId' | 'service' | 'kind'>;

/** From 0 to 10 ms, unless told otherwise. */
export function span(given: Given): Span {
  return {
    ...{
      traceId: TRACE,
      name: `${given.kind} of ${given.service}`,
      startMs: 0,
      durationMs: 10,
      failed: false,
    },
    ...{ attributes: {}, ...given },
  };
}

export const TRACE = 'a'.repeat(32);

interface Hop {
  /** Service, and the instance of it: `api-1`. */
  readonly at: string;
  readonly from: number;
  readonly to: number;
  /** Statuses that the callee answered and the caller saw. */
  readonly status?: number;
  readonly failed?: boolean;
  readonly calls?: readonly Hop[];
}

/** A trace as sidecars tell it: of each call a client's span and, `gapMs` within it, the server's. */
export function traceOf(hop: Hop, traceId = TRACE, gapMs = 0.5): Span[] {
  let spans = 0;
  const id = () => (++spans).toString(16).padStart(16, '0');
  const walk = (
    { at, from, to, status = 200, failed = false, calls = [] }: Hop,
    caller: string,
    parent?: string,
  ): Span[] => {
    const [client, server] = [id(), id()];
    const common = { traceId, status, failed, method: 'GET', path: `/${serviceOf(at)}` };
    return [
      span({
        ...{ ...common, spanId: client, kind: 'client', service: serviceOf(caller), instance: caller },
        ...{ startMs: from, durationMs: to - from, peer: serviceOf(at), endpoint: addressOf(at) },
        ...(parent === undefined ? {} : { parentId: parent }),
      }),
      span({
        ...{
          ...common,
          spanId: server,
          parentId: client,
          kind: 'server',
          service: serviceOf(at),
          instance: at,
        },
        ...{ startMs: from + gapMs, durationMs: to - from - 2 * gapMs },
      }),
      ...calls.flatMap((call) => walk(call, at, server)),
    ];
  };
  return walk(hop, 'client-0');
}

export const addressOf = (instance: string): string =>
  `10.0.0.${instance.length}:${1000 + Number(instance.split('-')[1])}`;

const serviceOf = (instance: string): string => instance.split('-')[0]!;
