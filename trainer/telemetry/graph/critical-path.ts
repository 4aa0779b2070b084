// Which spans a request waited for: backwards from its end, always into the child that ended last (the method of Jaeger's
// critical path; Uber's CRISP, USENIX ATC 2022). Making any other span faster would not make the request faster.
import type { SpanNode } from './span-tree.js';

/** Marks the nodes of a tree; their `criticalMs` add up to the root's duration. */
export function markCriticalPath(root: SpanNode): void {
  const open: [node: SpanNode, from: number, until: number][] = [[root, root.startMs, root.endMs]];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [node, from, until] = next;
    node.isCritical = true;
    let cursor = until;
    for (const child of byEndDescending(node.children)) {
      const end = Math.min(child.endMs, cursor);
      const start = Math.max(child.startMs, from);
      // Nobody waits for the consumer of a message; what starts after the cursor ran beside something longer.
      if (child.span.kind === 'consumer' || start >= end) continue;
      node.criticalMs += cursor - end;
      open.push([child, start, end]);
      cursor = start;
    }
    node.criticalMs += cursor - from;
  }
}

function byEndDescending(children: readonly SpanNode[]): readonly SpanNode[] {
  return children.length < 2 ? children : [...children].sort((a, b) => b.endMs - a.endMs);
}
