// The folder of the package, from the sources as from the build.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

function findRoot(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json')) && existsSync(join(folder, 'bin/weir.mjs'))) return folder;
    if (folder === dirname(folder)) throw new Error('the folder of the package weir is not to be found');
  }
}

export const packageRoot = findRoot();

/** What package.json says. */
export function packageManifest(): { readonly version: string; readonly license: string } {
  const text = readFileSync(join(packageRoot, 'package.json'), 'utf8');
  return JSON.parse(text) as { version: string; license: string };
}

export const packageVersion = (): string => packageManifest().version;
