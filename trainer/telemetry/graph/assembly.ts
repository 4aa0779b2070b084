// Spans of a trace come from many senders, each in its own time. A trace is taken for whole when nothing of it came for a
// while; counting it piece by piece would take each piece for a call from outside.
import type { Span } from '../traces/span.js';
import type { GraphLimits } from './limits.js';

/** Senders flush about once a second. */
const QUIET_MS = 1500;
/** Where parents are missing: they may still be under way, or nobody traces them. */
const INCOMPLETE_QUIET_MS = 5000;
/** One that goes on for longer is counted as far as it has come. */
const LONGEST_MS = 60_000;

interface Open {
  readonly spans: Span[];
  readonly since: number;
  lastAt: number;
}

export type Limits = Pick<GraphLimits, 'openTraces' | 'openSpans' | 'spansPerTrace'>;

export class Assembly {
  /** By the time of their first span. */
  readonly #open = new Map<string, Open>();
  #spans = 0;
  /** Spans that there was no room for. */
  dropped = 0;

  constructor(private readonly limits: Limits) {}

  get spans(): number {
    return this.#spans;
  }

  /** @param now time in ms of a monotone clock */
  add(span: Span, now: number): void {
    const open = this.#open.get(span.traceId);
    const isFull =
      open === undefined
        ? this.#open.size >= this.limits.openTraces
        : open.spans.length >= this.limits.spansPerTrace;
    if (isFull || this.#spans >= this.limits.openSpans) {
      this.dropped += 1;
      return;
    }
    this.#spans += 1;
    if (open === undefined) this.#open.set(span.traceId, { spans: [span], since: now, lastAt: now });
    else {
      open.spans.push(span);
      open.lastAt = now;
    }
  }

  /** Those that are whole, once each. */
  *due(now: number): Generator<readonly Span[]> {
    for (const [traceId, open] of this.#open) {
      // The rest began later still.
      if (now - open.since < QUIET_MS) return;
      if (!isDue(open, now)) continue;
      this.#open.delete(traceId);
      this.#spans -= open.spans.length;
      yield open.spans;
    }
  }
}

function isDue({ spans, since, lastAt }: Open, now: number): boolean {
  const quietMs = now - lastAt;
  if (quietMs < QUIET_MS) return now - since >= LONGEST_MS;
  return quietMs >= INCOMPLETE_QUIET_MS || isComplete(spans);
}

function isComplete(spans: readonly Span[]): boolean {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  return spans.every(({ parentId }) => parentId === undefined || ids.has(parentId));
}
