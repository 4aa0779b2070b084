// From spans to the graph and the traces: what stands behind `POST /v1/traces`, `/v1/graph` and `GET /v1/traces`.
import type { GraphCounts, GraphService } from '../../server/services.js';
import type { EventSink } from '../event.js';
import type { Span } from '../traces/span.js';
import { Anomalies } from './anomalies.js';
import { Assembly } from './assembly.js';
import { callsOf } from './calls.js';
import { markCriticalPath } from './critical-path.js';
import type {
  Exemplar,
  GraphView,
  GraphWindow,
  ServiceView,
  TraceQuery,
  TraceSummary,
  TraceView,
} from './graph-view.js';
import { Graph } from './graph.js';
import { GRAPH_LIMITS, type GraphLimits } from './limits.js';
import { SlowTraces } from './slow-trace.js';
import { treesOf } from './span-tree.js';
import { TraceStore } from './trace-store.js';
import { graphView, serviceView, type ViewOptions } from './view.js';
import { summaryOf } from './waterfall.js';

export interface ObserverOptions {
  /** Monotone, in ms. */
  readonly now: () => number;
  /** Unix time in ms when `now()` was 0: time goes on evenly from there, however the clock is set meanwhile. */
  readonly epochMs: number;
  readonly sampledShare: number;
  readonly keepSpans: number;
  /** Where people look at traces; absent = nowhere but here. */
  readonly jaeger?: string | undefined;
  readonly events: EventSink;
  readonly limits?: GraphLimits;
}

/** How often whoever owns an observer should call `tick`. */
export const TICK_MS = 500;
/** Between two looks for anomalies. */
const LOOK_MS = 2000;
/** One view serves all who ask within this time. */
const CACHE_MS = 500;

export class Observer implements GraphService {
  readonly #graph: Graph;
  readonly #assembly: Assembly;
  readonly #store: TraceStore;
  readonly #slow = new SlowTraces();
  readonly #anomalies: Anomalies;
  readonly #views = new Map<GraphWindow, GraphView>();
  readonly #since: number;
  #lookedAt = -Infinity;
  #traces = 0;

  constructor(private readonly options: ObserverOptions) {
    const limits = options.limits ?? GRAPH_LIMITS;
    this.#graph = new Graph(limits);
    this.#assembly = new Assembly(limits);
    this.#store = new TraceStore(options.keepSpans);
    this.#anomalies = new Anomalies(this.#graph, options.events);
    this.#since = this.#at(options.now());
  }

  counts(): GraphCounts {
    return {
      openSpans: this.#assembly.spans,
      keptSpans: this.#store.spans,
      traces: this.#traces,
      droppedSpans: this.#assembly.dropped,
      refusedCalls: this.#graph.refused,
    };
  }

  take(spans: readonly Span[], now: number): void {
    for (const span of spans) this.#assembly.add(span, now);
    this.#count(now);
  }

  /** Counts traces that are whole by now, and looks for anomalies. */
  tick(now: number): void {
    this.#count(now);
    if (now - this.#lookedAt < LOOK_MS) return;
    this.#lookedAt = now;
    this.#anomalies.look(this.#at(now));
  }

  find(query: TraceQuery): readonly TraceSummary[] {
    return this.#store.find(query).map((summary) => this.#linked(summary));
  }

  get(traceId: string): TraceView | undefined {
    const view = this.#store.get(traceId);
    return view && this.#linked(view);
  }

  view(window: GraphWindow): GraphView {
    const at = this.#at(this.options.now());
    const last = this.#views.get(window);
    if (last !== undefined && at - last.at < CACHE_MS) return last;
    const view = graphView(this.#graph, this.#viewOptions(window, at));
    this.#views.set(window, view);
    return view;
  }

  service(name: string, window: GraphWindow): ServiceView | undefined {
    return serviceView(this.#graph, name, this.#viewOptions(window, this.#at(this.options.now())));
  }

  #count(now: number): void {
    for (const spans of this.#assembly.due(now)) this.#trace(spans, this.#at(now));
  }

  /** Of a trace that was counted before, only what came late is counted, in its place among the rest. */
  #trace(spans: readonly Span[], at: number): void {
    const { traceId } = spans[0]!;
    const earlier = this.#store.spansOf(traceId);
    if (earlier.length === 0) this.#traces += 1;
    const counted = new Set(earlier.map(({ spanId }) => spanId));
    const all = [...earlier, ...spans];
    const roots = treesOf(all);
    for (const root of roots) {
      markCriticalPath(root);
      for (const call of callsOf(root, this.#graph.names))
        if (!counted.has(call.spanId)) this.#graph.record(call, traceId, at);
    }
    const summary = summaryOf(all, roots);
    const isSlow = this.#slow.isSlow(summary.services[0] ?? '', summary.durationMs);
    this.#store.put(summary, all, summary.failed || isSlow);
  }

  #viewOptions(window: GraphWindow, at: number): ViewOptions {
    const { sampledShare } = this.options;
    return { window, at, since: this.#since, sampledShare, link: (exemplar) => this.#linked(exemplar) };
  }

  #linked<T extends Exemplar | TraceSummary>(of: T): T {
    const { jaeger } = this.options;
    return jaeger === undefined ? of : { ...of, url: new URL(`/trace/${of.traceId}`, jaeger).href };
  }

  #at(now: number): number {
    return this.options.epochMs + now;
  }
}
