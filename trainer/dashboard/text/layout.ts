// Where the services stand: in columns from left to right, each right of all that call it, so that requests flow one way.
// The same graph is always drawn the same, and a service that comes or goes moves few others.

export interface Place {
  readonly x: number;
  readonly y: number;
}

interface Edge {
  readonly from: string;
  readonly to: string;
}

interface Spacing {
  readonly column: number;
  readonly row: number;
}

const ACROSS: Spacing = { column: 290, row: 92 };
/** On a narrow screen the columns lie below one another, and the names of a column beside one another. */
const DOWN: Spacing = { column: 128, row: 172 };
/** Sweeps over the columns that put each service near those it talks to. */
const SWEEPS = 4;

/** @param isNarrow from top to bottom instead */
export function layered(
  services: readonly string[],
  edges: readonly Edge[],
  isNarrow = false,
): Map<string, Place> {
  const { column: apart, row: beside } = isNarrow ? DOWN : ACROSS;
  const names = [...services].sort();
  const forward = withoutCircles(names, edges);
  const columns = columnsOf(names, forward);
  for (let sweep = 0; sweep < SWEEPS; sweep++) arrange(columns, forward);
  const tallest = Math.max(0, ...columns.map(({ length }) => length));
  const places = new Map<string, Place>();
  columns.forEach((column, i) =>
    column.forEach((name, j) => {
      const [along, across] = [i * apart, (j + (tallest - column.length) / 2) * beside];
      places.set(name, isNarrow ? { x: across, y: along } : { x: along, y: across });
    }),
  );
  return places;
}

/** Of a circle of calls, the edge that closes it is drawn but does not count for the places. */
function withoutCircles(names: readonly string[], edges: readonly Edge[]): Edge[] {
  const known = new Set(names);
  const callees = new Map(names.map((name) => [name, [] as string[]]));
  for (const { from, to } of edges)
    if (known.has(from) && known.has(to) && from !== to) callees.get(from)!.push(to);
  const kept: Edge[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (name: string): void => {
    state.set(name, 'open');
    for (const to of callees.get(name)!.sort()) {
      if (state.get(to) === 'open') continue;
      kept.push({ from: name, to });
      if (!state.has(to)) visit(to);
    }
    state.set(name, 'done');
  };
  const called = new Set(edges.map(({ to }) => to));
  for (const name of [...names.filter((one) => !called.has(one)), ...names])
    if (!state.has(name)) visit(name);
  return kept;
}

/** By the longest way from where requests come in. */
function columnsOf(names: readonly string[], edges: readonly Edge[]): string[][] {
  const depth = new Map(names.map((name) => [name, 0]));
  for (let isMoving = true; isMoving;) {
    isMoving = false;
    for (const { from, to } of edges) {
      if (depth.get(to)! > depth.get(from)!) continue;
      depth.set(to, depth.get(from)! + 1);
      isMoving = true;
    }
  }
  const columns: string[][] = [];
  for (const name of names) (columns[depth.get(name)!] ??= []).push(name);
  return Array.from(columns, (column) => column ?? []);
}

function arrange(columns: readonly string[][], edges: readonly Edge[]): void {
  const rows = new Map(
    columns.flatMap((column) => column.map((name, row) => [name, row - column.length / 2] as const)),
  );
  for (const column of columns) {
    const weight = new Map(
      column.map((name) => {
        const others = edges.flatMap(({ from, to }) => (from === name ? [to] : to === name ? [from] : []));
        const sum = others.reduce((all, other) => all + rows.get(other)!, 0);
        return [name, others.length === 0 ? rows.get(name)! : sum / others.length];
      }),
    );
    column.sort((a, b) => weight.get(a)! - weight.get(b)! || (a < b ? -1 : 1));
    column.forEach((name, row) => rows.set(name, row - column.length / 2));
  }
}
