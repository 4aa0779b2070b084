// What of a span's time its service spends itself, and what it waits for others.
import type { Placed } from './call-roles.js';
import type { SpanNode } from './span-tree.js';

export interface OwnTime {
  readonly selfMs: number;
  readonly waitingMs: number;
  /** Own time on the critical path. */
  readonly criticalMs: number;
}

/** @param roles of all nodes of the trace */
export function ownTime(top: SpanNode, roles: ReadonlyMap<SpanNode, Placed['role']>): OwnTime {
  const waits: [start: number, end: number][] = [];
  let criticalMs = 0;
  const open = [top];
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    const role = roles.get(node);
    if (role === 'inner' || (node === top && role === 'server')) {
      criticalMs += node.criticalMs;
      open.push(...node.children);
    } else waits.push([node.startMs, node.endMs]);
  }
  const waitingMs = lengthOf(waits, top.startMs, top.endMs);
  return { selfMs: top.endMs - top.startMs - waitingMs, waitingMs, criticalMs };
}

/** Of the union of intervals, within bounds. */
function lengthOf(intervals: [number, number][], from: number, until: number): number {
  intervals.sort((a, b) => a[0] - b[0]);
  let [length, cursor] = [0, from];
  for (const [start, end] of intervals) {
    const [begin, stop] = [Math.max(start, cursor), Math.min(end, until)];
    if (stop <= begin) continue;
    length += stop - begin;
    cursor = stop;
  }
  return length;
}
