// Turns what is wrong with a scenario into lines of `$.path: expected .., got ..`.
import type { z } from 'zod';

export interface Problem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

const isPlainKey = (key: string) => /^[A-Za-z_][\w-]*$/.test(key);

export function formatPath(path: readonly PropertyKey[]): string {
  const step = (key: PropertyKey) => {
    if (typeof key === 'number') return `[${key}]`;
    return isPlainKey(String(key)) ? `.${String(key)}` : `[${JSON.stringify(String(key))}]`;
  };
  return `$${path.map(step).join('')}`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  let value = root;
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
    value = (value as Record<PropertyKey, unknown>)[key];
  }
  return value;
}

/** A value in a few words: never the content of a list or an object, which may be long. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object' && value !== null) return 'an object';
  const text = JSON.stringify(value) ?? typeof value;
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Problems of the shape, from zod's issues; their messages (schema.ts) say what is expected. */
export function shapeProblems(issues: readonly z.core.$ZodIssue[], root: unknown): Problem[] {
  return issues.flatMap((issue): Problem[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ path: [...issue.path, key], text: 'unknown field' }));
    const got = describeValue(valueAt(root, issue.path));
    return [{ path: issue.path, text: `expected ${issue.message}, got ${got}` }];
  });
}
