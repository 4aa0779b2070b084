// Traces to look at, bounded by their spans. Half of the room is for those that failed or were slow: these are what people
// look for, and in a busy mesh the others would push them out within seconds.
import type { Span } from '../traces/span.js';
import type { TraceQuery, TraceSummary, TraceView } from './graph-view.js';
import { traceView } from './waterfall.js';

interface Kept {
  readonly summary: TraceSummary;
  readonly spans: readonly Span[];
  /** By service and `ip:port`. */
  readonly endpoints: readonly string[];
}

class Shelf {
  /** The oldest first. */
  readonly traces = new Map<string, Kept>();
  #spans = 0;

  constructor(private readonly room: number) {}

  put(kept: Kept): void {
    this.drop(kept.summary.traceId);
    this.traces.set(kept.summary.traceId, kept);
    this.#spans += kept.spans.length;
    for (const id of this.traces.keys()) {
      if (this.#spans <= this.room) return;
      this.drop(id);
    }
  }

  drop(traceId: string): void {
    const kept = this.traces.get(traceId);
    if (kept === undefined) return;
    this.traces.delete(traceId);
    this.#spans -= kept.spans.length;
  }

  get spans(): number {
    return this.#spans;
  }
}

export class TraceStore {
  readonly #special: Shelf;
  readonly #ordinary: Shelf;

  constructor(keepSpans: number) {
    this.#special = new Shelf(keepSpans / 2);
    this.#ordinary = new Shelf(keepSpans / 2);
  }

  get spans(): number {
    return this.#special.spans + this.#ordinary.spans;
  }

  /** In the stead of what was kept of that trace. */
  put(summary: TraceSummary, spans: readonly Span[], isSpecial: boolean): void {
    const endpoints = spans.flatMap(({ endpoint }) => endpoint ?? []);
    const [shelf, other] = isSpecial ? [this.#special, this.#ordinary] : [this.#ordinary, this.#special];
    other.drop(summary.traceId);
    shelf.put({ summary, spans, endpoints });
  }

  spansOf(traceId: string): readonly Span[] {
    return this.#find(traceId)?.spans ?? [];
  }

  get(traceId: string): TraceView | undefined {
    const kept = this.#find(traceId);
    return kept && traceView(kept.spans);
  }

  find({ service, endpoint, failed, minMs = 0, order, limit }: TraceQuery): TraceSummary[] {
    const found = [...this.#special.traces.values(), ...this.#ordinary.traces.values()].filter(
      ({ summary, endpoints }) =>
        summary.durationMs >= minMs &&
        (!failed || summary.failed) &&
        (service === undefined || summary.services.includes(service)) &&
        (endpoint === undefined || endpoints.includes(endpoint)),
    );
    const rank = (summary: TraceSummary) => (order === 'newest' ? summary.startMs : summary.durationMs);
    return found
      .map(({ summary }) => summary)
      .sort((a, b) => rank(b) - rank(a))
      .slice(0, limit);
  }

  #find(traceId: string): Kept | undefined {
    return this.#special.traces.get(traceId) ?? this.#ordinary.traces.get(traceId);
  }
}
