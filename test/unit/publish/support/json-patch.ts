// RFC 6902, as far as the publishers use it: `add`, `replace` and `test` of members of objects.
import { isDeepStrictEqual } from 'node:util';

export interface Operation {
  readonly op: string;
  readonly path: string;
  readonly value: unknown;
}

/** A patched copy; undefined where an operation fails. */
export function patched(document: object, operations: readonly Operation[]): unknown {
  const copy = structuredClone(document);
  for (const { op, path, value } of operations) {
    const keys = path.split('/').slice(1);
    const last = keys.pop() ?? '';
    const parent = keys.reduce<unknown>((at, key) => memberOf(at, key), copy);
    if (typeof parent !== 'object' || parent === null) return undefined;
    const known = memberOf(parent, last);
    if (op === 'test' && !isDeepStrictEqual(known, value)) return undefined;
    if (op === 'replace' && known === undefined) return undefined;
    if (op !== 'test') (parent as Record<string, unknown>)[last] = value;
  }
  return copy;
}

function memberOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}
