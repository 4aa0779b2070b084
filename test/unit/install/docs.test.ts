import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../../trainer/cli/package-root.js';
import { chartSchema, type JsonSchema } from './chart-schema.js';

/** Of every value that has none within it. */
function leaves(schema: JsonSchema, path: readonly string[] = []): string[] {
  const within = schema.items?.properties ?? schema.properties;
  // Described where the trainer's configuration is.
  if (within === undefined || path.join('.') === 'config' || path.at(-1) === 'pullSecrets')
    return [path.join('.')];
  return Object.entries(within).flatMap(([key, of]) => leaves(of, [...path, key]));
}

it('docs/install.md has every value in its table, and no other', () => {
  const text = readFileSync(join(packageRoot, 'docs/install.md'), 'utf8');
  const table = text.slice(text.indexOf('## Values'), text.indexOf('## Traces'));
  const rows = [...table.matchAll(/^\|([^|]+)\|/gm)].flatMap(([, cell]) =>
    [...cell!.matchAll(/`([\w.]+)`/g)].map(([, name]) => name),
  );
  const values = leaves(chartSchema()).filter((path) => path !== 'global');
  expect(values.length).toBeGreaterThan(30);
  expect(rows.sort()).toEqual(values.sort());
});
