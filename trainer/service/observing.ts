// What watches the mesh beside the reports: spans into the graph and the traces.
import type { Services } from '../server/services.js';
import type { EventSink } from '../telemetry/event.js';
import { Observer, TICK_MS } from '../telemetry/graph/observer.js';
import type { ServeOptions } from './options.js';

export interface ObservingOptions {
  readonly traces: ServeOptions['traces'];
  readonly events: EventSink;
  /** Monotone, in ms. */
  readonly now: () => number;
  /** Unix time in ms. */
  readonly wallNow: () => number;
}

export interface Observing {
  readonly services: Pick<Services, 'traces' | 'graph'>;
  close(): void;
}

export function startObserving({ traces, events, now, wallNow }: ObservingOptions): Observing {
  const { sampledShare, keepSpans, jaeger } = traces;
  const observer = new Observer({ now, epochMs: wallNow() - now(), sampledShare, keepSpans, jaeger, events });
  const timer = setInterval(() => observer.tick(now()), TICK_MS);
  return {
    services: { traces: observer, graph: observer },
    close: () => clearInterval(timer),
  };
}
