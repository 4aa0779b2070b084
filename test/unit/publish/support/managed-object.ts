// Server-side apply of a `spec` whose maps merge key by key and whose lists are atomic: ownership by leaf, as the API
// server keeps it for `x-kubernetes-preserve-unknown-fields` (kube-openapi's deduced type).

/** Dotted paths under `spec`. */
export type Leaves = ReadonlySet<string>;

interface Conflict {
  readonly field: string;
  readonly owner: string;
}

type Result =
  { readonly spec: unknown; readonly owners: Map<string, Leaves> } | { readonly conflicts: Conflict[] };

export function applied(
  current: unknown,
  owners: ReadonlyMap<string, Leaves>,
  manager: string,
  applied: unknown,
  force: boolean,
): Result {
  const wanted = leavesOf(applied);
  const others = [...owners].filter(([name]) => name !== manager);
  const conflicts = [...wanted].flatMap(([leaf, value]) => {
    if (JSON.stringify(valueAt(current, leaf)) === JSON.stringify(value)) return [];
    const taken = others.filter(([, leaves]) => [...leaves].some((other) => overlap(other, leaf)));
    return taken.map(([owner]) => ({ field: `.spec.${leaf}`, owner }));
  });
  if (conflicts.length > 0 && !force) return { conflicts };
  const next = structuredClone(current) as Record<string, unknown>;
  const lost = conflicts.map(({ field }) => field.slice('.spec.'.length));
  const after = new Map<string, Leaves>(
    others.map(([name, leaves]) => [
      name,
      new Set([...leaves].filter((leaf) => !lost.some((one) => overlap(one, leaf)))),
    ]),
  );
  for (const leaf of owners.get(manager) ?? []) {
    const isOthers = [...after.values()].some((leaves) => [...leaves].some((other) => overlap(other, leaf)));
    if (!wanted.has(leaf) && !isOthers) remove(next, leaf.split('.'));
  }
  for (const [leaf, value] of wanted) put(next, leaf.split('.'), value);
  after.set(manager, new Set(wanted.keys()));
  return { spec: next, owners: after };
}

function leavesOf(value: unknown, path: readonly string[] = []): Map<string, unknown> {
  if (!isMap(value) || Object.keys(value).length === 0) return new Map([[path.join('.'), value]]);
  return new Map(Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, [...path, key])]));
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function overlap(a: string, b: string): boolean {
  return a === b || a.startsWith(`${b}.`) || b.startsWith(`${a}.`);
}

function valueAt(value: unknown, leaf: string): unknown {
  return leaf.split('.').reduce<unknown>((at, key) => (isMap(at) ? at[key] : undefined), value);
}

function put(at: Record<string, unknown>, [key, ...rest]: readonly string[], value: unknown): void {
  if (key === undefined) return;
  if (rest.length === 0) at[key] = value;
  else put((at[key] = isMap(at[key]) ? at[key] : {}), rest, value);
}

/** Maps that become empty go with their last key. */
function remove(at: Record<string, unknown>, [key, ...rest]: readonly string[]): void {
  if (key === undefined) return;
  const inner = at[key];
  if (rest.length > 0 && isMap(inner)) {
    remove(inner, rest);
    if (Object.keys(inner).length > 0) return;
  }
  Reflect.deleteProperty(at, key);
}
