// The spans of one trace as trees. What arrives is not to be trusted: spans come twice, parents are missing or point in a
// circle, and clocks of two machines differ.
import type { Span } from '../traces/span.js';

export interface SpanNode {
  readonly span: Span;
  readonly children: SpanNode[];
  readonly depth: number;
  /** Unix time in ms; set right where clocks differ. */
  readonly startMs: number;
  readonly endMs: number;
  /** Of the time on the critical path, what no child accounts for; set by `markCriticalPath`. */
  criticalMs: number;
  isCritical: boolean;
}

/** @returns roots by their start; parents come before their children in `preorder` */
export function treesOf(spans: readonly Span[]): SpanNode[] {
  const byId = new Map<string, Span>();
  for (const span of spans) if (!byId.has(span.spanId)) byId.set(span.spanId, span);
  const childrenOf = new Map<string, Span[]>();
  const starts: Span[] = [];
  for (const span of byId.values()) {
    if (span.parentId === undefined || !byId.has(span.parentId)) starts.push(span);
    else {
      const siblings = childrenOf.get(span.parentId);
      if (siblings === undefined) childrenOf.set(span.parentId, [span]);
      else siblings.push(span);
    }
  }
  const placed = new Set<string>();
  const roots = starts.map((span) => grow(span, childrenOf, placed));
  // What is left goes round in a circle, which is cut before its earliest span.
  if (placed.size < byId.size) {
    const left = [...byId.values()].filter(({ spanId }) => !placed.has(spanId)).sort(byStart);
    for (const span of left) if (!placed.has(span.spanId)) roots.push(grow(span, childrenOf, placed));
  }
  return roots.sort((a, b) => a.startMs - b.startMs);
}

const byStart = (a: { startMs: number }, b: { startMs: number }): number => a.startMs - b.startMs;

function grow(root: Span, childrenOf: ReadonlyMap<string, readonly Span[]>, placed: Set<string>): SpanNode {
  const top = nodeOf(root, undefined);
  placed.add(root.spanId);
  const open = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    for (const span of childrenOf.get(node.span.spanId) ?? []) {
      if (placed.has(span.spanId)) continue;
      placed.add(span.spanId);
      const child = nodeOf(span, node);
      node.children.push(child);
      open.push(child);
    }
    node.children.sort(byStart);
  }
  return top;
}

function nodeOf(span: Span, parent: SpanNode | undefined): SpanNode {
  const startMs = span.startMs + (parent === undefined ? 0 : skewOf(span, parent));
  const depth = parent === undefined ? 0 : parent.depth + 1;
  return {
    span,
    children: [],
    depth,
    startMs,
    endMs: startMs + span.durationMs,
    criticalMs: 0,
    isCritical: false,
  };
}

/** What to add to the clock of a span: one that another party saw lies within its parent, in the middle if in doubt. */
function skewOf(span: Span, parent: SpanNode): number {
  const moved = parent.startMs - parent.span.startMs;
  const isRemote = span.instance !== parent.span.instance || span.service !== parent.span.service;
  if (!isRemote || span.kind === 'consumer') return moved;
  const slackMs = parent.span.durationMs - span.durationMs;
  const lateMs = span.startMs - parent.startMs;
  if (lateMs >= 0 && lateMs <= slackMs) return 0;
  return Math.max(0, slackMs) / 2 - lateMs;
}

/** Every node of a tree, parents before their children, these by time. */
export function preorder(root: SpanNode): SpanNode[] {
  const all: SpanNode[] = [];
  const open = [root];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    all.push(node);
    for (let i = node.children.length - 1; i >= 0; i--) open.push(node.children[i]!);
  }
  return all;
}
