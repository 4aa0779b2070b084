// One trace for the eye: who took part, and each span in its place.
import type { Span } from '../traces/span.js';
import { markCriticalPath } from './critical-path.js';
import type { TraceSummary, TraceView, WaterfallSpan } from './graph-view.js';
import { preorder, treesOf, type SpanNode } from './span-tree.js';

/** Without the page in Jaeger. */
export function summaryOf(spans: readonly Span[], roots: readonly SpanNode[]): TraceSummary {
  const [root] = roots;
  if (root === undefined) throw new Error('a trace has at least one span');
  const nodes = roots.flatMap(preorder);
  const startMs = Math.min(...roots.map((node) => node.startMs));
  const durationMs = Math.max(...roots.map((node) => node.endMs)) - startMs;
  const { method, path, status } = root.span;
  const user = nodes.find(({ span }) => span.user !== undefined)?.span.user;
  return {
    traceId: root.span.traceId,
    startMs,
    durationMs,
    failed: spans.some((span) => span.failed),
    spans: spans.length,
    services: [...new Set(nodes.map(({ span }) => span.service))],
    method,
    path,
    status,
    user,
  };
}

export function traceView(spans: readonly Span[]): TraceView {
  const roots = treesOf(spans);
  roots.forEach(markCriticalPath);
  const summary = summaryOf(spans, roots);
  const waterfall = roots.flatMap(preorder).map(({ span, depth, startMs, isCritical }): WaterfallSpan => ({
    ...{ ...span, depth, offsetMs: startMs - summary.startMs, isCritical },
  }));
  return { ...summary, waterfall };
}
