// An image layout on disk: there as a whole or not at all.
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { TITLE, TITLE_KEY } from './plugin-image.js';

/** The folder holds something that is not to be lost. */
export class LayoutError extends Error {
  override readonly name = 'LayoutError';
}

interface Index {
  readonly manifests?: readonly { readonly annotations?: Readonly<Record<string, string>> }[];
}

/**
 * Writes the files beside `folder` and renames them into place. An earlier layout there is replaced.
 * @throws {LayoutError} where something else is there
 */
export function writeLayout(folder: string, files: ReadonlyMap<string, Uint8Array>): void {
  const target = existsSync(folder) ? realpathSync(folder) : resolve(folder);
  const isThere = existsSync(target);
  if (isThere) refuseOthers(target);
  const part = `${target}.${process.pid}.tmp`;
  const old = `${target}.${process.pid}.old`;
  try {
    for (const [path, content] of files) {
      mkdirSync(dirname(join(part, path)), { recursive: true });
      writeFileSync(join(part, path), content);
    }
    // A folder cannot be renamed onto one that holds files.
    if (isThere) renameSync(target, old);
    try {
      renameSync(part, target);
    } catch (error) {
      if (isThere) renameSync(old, target);
      throw error;
    }
  } finally {
    rmSync(part, { recursive: true, force: true });
    if (existsSync(target)) rmSync(old, { recursive: true, force: true });
  }
}

/** Only an empty folder and a layout of the plugin alone may go. */
function refuseOthers(folder: string): void {
  const names = readNames(folder);
  if (names.length === 0) return;
  const stranger = names.find((name) => !['oci-layout', 'index.json', 'blobs'].includes(name));
  if (stranger !== undefined)
    throw new LayoutError(`it holds ${stranger}, which is no part of an OCI layout`);
  const { imageLayoutVersion } = readJson(folder, 'oci-layout') as { imageLayoutVersion?: unknown };
  if (imageLayoutVersion !== '1.0.0') throw new LayoutError('oci-layout is not of version 1.0.0');
  const { manifests = [] } = readJson(folder, 'index.json') as Index;
  if (!manifests.every(({ annotations }) => annotations?.[TITLE_KEY] === TITLE))
    throw new LayoutError('it holds other images');
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new LayoutError((error as Error).message);
  }
}

function readJson(folder: string, name: string): object {
  try {
    const value: unknown = JSON.parse(readFileSync(join(folder, name), 'utf8'));
    if (typeof value === 'object' && value !== null) return value;
  } catch {
    // Said below, whatever it was.
  }
  throw new LayoutError(`it is no OCI layout (${name})`);
}
