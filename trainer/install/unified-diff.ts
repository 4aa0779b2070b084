// Two objects as YAML, line by line, by the system's diff: what `kubectl diff` does as well.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { stringify } from 'yaml';
import type { Change } from './cluster.js';

/** Empty where they are the same. @throws {Error} where there is no diff, or it fails */
export function unifiedDiff({ what, before, after }: Change): string {
  if (isDeepStrictEqual(before, after)) return '';
  const folder = mkdtempSync(join(tmpdir(), 'weir-diff-'));
  try {
    const files = [before, after].map((object, i) => {
      const file = join(folder, String(i));
      writeFileSync(file, object === undefined ? '' : stringify(object, { sortMapEntries: true }));
      return file;
    });
    const labels = ['--label', `${what} (live)`, '--label', `${what} (installed)`];
    const { status, stdout, error } = spawnSync('diff', ['-u', ...labels, ...files], { encoding: 'utf8' });
    if (error || status === null || status > 1)
      throw new Error(`diff: ${error?.message ?? `exit ${status}`}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
