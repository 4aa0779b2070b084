// Which spans of a trace are calls. A sidecar and its application may both tell of one call: a server's span right below
// one of the same service, or a client's above one, is the same call seen from further in, and counts as inner work.
import { preorder, type SpanNode } from './span-tree.js';

export interface Placed {
  readonly node: SpanNode;
  readonly role: 'server' | 'client' | 'inner';
  /** Nearest ancestor that is a call. */
  readonly up: Placed | undefined;
}

/** Parents before their children. */
export function placed(root: SpanNode): Placed[] {
  const of = new Map<SpanNode, Placed>();
  const all: Placed[] = [];
  for (const node of preorder(root)) {
    const above = of.get(node);
    const up = above === undefined || above.role !== 'inner' ? above : above.up;
    const entry: Placed = { node, role: roleOf(node, up), up };
    all.push(entry);
    // Until a child is placed itself, its parent's place stands in its stead.
    for (const child of node.children) of.set(child, entry);
  }
  return all;
}

function roleOf({ span, children }: SpanNode, up: Placed | undefined): Placed['role'] {
  switch (span.kind) {
    case 'server':
    case 'consumer':
      return up?.role === 'server' && up.node.span.service === span.service ? 'inner' : 'server';
    case 'client':
    case 'producer':
      return children.some(({ span: { kind, service } }) => kind === span.kind && service === span.service)
        ? 'inner'
        : 'client';
    default:
      return 'inner';
  }
}
