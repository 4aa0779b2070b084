// What watches the mesh beside the reports: spans into the graph and the traces, and on to whom else they are meant for.
import type { Logger } from 'pino';
import type { Services } from '../server/services.js';
import type { EventSink } from '../telemetry/event.js';
import { Observer, TICK_MS } from '../telemetry/graph/observer.js';
import { Forwarder } from '../telemetry/traces/forwarder.js';
import { SpanReader } from '../telemetry/traces/read-spans.js';
import type { ServeOptions } from './options.js';

export interface ObservingOptions {
  readonly traces: ServeOptions['traces'];
  readonly events: EventSink;
  readonly log: Logger;
  /** Monotone, in ms. */
  readonly now: () => number;
  /** Unix time in ms. */
  readonly wallNow: () => number;
}

export interface Observing {
  readonly services: Pick<Services, 'traces' | 'graph'>;
  /** Spans that are still to be passed on have a moment for it. */
  close(): Promise<void>;
}

export function startObserving({ traces, events, log, now, wallNow }: ObservingOptions): Observing {
  const { sampledShare, keepSpans, jaeger, allow, forward } = traces;
  const observer = new Observer({ now, epochMs: wallNow() - now(), sampledShare, keepSpans, jaeger, events });
  const forwarder = forward === undefined ? undefined : new Forwarder({ url: forward, log });
  const timer = setInterval(() => observer.tick(now()), TICK_MS);
  return {
    services: {
      graph: observer,
      traces: {
        reader: new SpanReader(allow),
        ...(forwarder && { forwarded: () => ({ sent: forwarder.sent, dropped: forwarder.dropped }) }),
        take: (spans, at) => {
          observer.take(spans, at);
          forwarder?.take(spans);
        },
        find: (query) => observer.find(query),
        get: (traceId) => observer.get(traceId),
      },
    },
    close: async () => {
      clearInterval(timer);
      await forwarder?.close();
    },
  };
}
