// Files that are made from the sources and kept beside them, so that they can be used without building anything.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { expect } from 'vitest';

/** Fails where the file is another than it would be made now; UPDATE_GOLDEN=1 writes it. */
export async function expectGenerated(path: string, text: string): Promise<void> {
  const formatted = await format(text, { ...(await resolveConfig(path)), filepath: path });
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, formatted);
  }
  expect(readFileSync(path, 'utf8'), path).toBe(formatted);
}
