// Who calls whom: cycles, and the order in which services can start.

/** Service name to the names of the services it calls. */
export type CallGraph = ReadonlyMap<string, readonly string[]>;

export function callGraph(
  services: readonly { name: string; calls: readonly { service: string }[] }[],
): CallGraph {
  return new Map(services.map((s) => [s.name, [...new Set(s.calls.map((c) => c.service))]]));
}

/** One cycle as a path that ends where it begins, or undefined. */
export function findCycle(graph: CallGraph): string[] | undefined {
  const done = new Set<string>();
  const trail: string[] = [];
  const visit = (name: string): string[] | undefined => {
    if (trail.includes(name)) return [...trail.slice(trail.indexOf(name)), name];
    if (done.has(name)) return undefined;
    trail.push(name);
    for (const next of graph.get(name) ?? []) {
      const cycle = visit(next);
      if (cycle) return cycle;
    }
    trail.pop();
    done.add(name);
    return undefined;
  };
  for (const name of graph.keys()) {
    const cycle = visit(name);
    if (cycle) return cycle;
  }
  return undefined;
}

/**
 * Services in levels: a level calls only services of earlier levels, so that whoever starts a level already knows
 * the addresses that it needs. The graph has no cycle.
 */
export function levelsLeavesFirst(graph: CallGraph): string[][] {
  const depths = new Map<string, number>();
  const depth = (name: string): number => {
    const known = depths.get(name);
    if (known !== undefined) return known;
    const value = 1 + Math.max(-1, ...(graph.get(name) ?? []).map(depth));
    depths.set(name, value);
    return value;
  };
  const levels: string[][] = [];
  for (const name of graph.keys()) (levels[depth(name)] ??= []).push(name);
  return levels;
}
