// The copies of a document on disk, and how anybody reads them without changing anything.
import { join } from 'node:path';
import type { z } from 'zod';
import { nodeFiles, type Files } from './files.js';
import { CorruptError, checked, unseal } from './sealed.js';
import { StorageError } from './storage-error.js';

/** Below the data folder; a folder for each document. */
export const DOCUMENTS = 'documents';

export interface Content {
  readonly models: readonly string[];
  readonly value: unknown;
}

export interface Copy {
  readonly epoch: number;
  readonly version: number;
  readonly path: string;
}

/** As a bystander reads it: changes nothing. Undefined where there is none, or none that is whole. */
export async function readDocument<T>(
  dir: string,
  shape: { readonly name: string; readonly schema: z.ZodType<T> },
  files: Files = nodeFiles,
): Promise<T | undefined> {
  const content = await newestWhole(join(dir, DOCUMENTS, shape.name), files);
  return content === undefined ? undefined : checked(shape.schema, content.value);
}

/** Ids of the models that documents speak of, those of the copies to fall back on too. */
export async function modelsInUse(dir: string, files: Files): Promise<Set<string>> {
  const folder = join(dir, DOCUMENTS);
  const used = new Set<string>();
  for (const name of await files.list(folder)) {
    for (const copy of await copiesOf(`${folder}/${name}`, files)) {
      const content = await readCopy(copy, files).catch(unlessDamagedOrGone);
      for (const id of content?.models ?? []) used.add(id);
    }
  }
  return used;
}

function unlessDamagedOrGone(error: unknown): undefined {
  const isGone = error instanceof StorageError && error.code === 'ENOENT';
  if (!isGone && !(error instanceof CorruptError)) throw error;
}

async function newestWhole(folder: string, files: Files): Promise<Content | undefined> {
  for (const copy of await copiesOf(folder, files)) {
    try {
      return await readCopy(copy, files);
    } catch (error) {
      // Two writes have come since the folder was listed.
      if (error instanceof StorageError && error.code === 'ENOENT') return newestWhole(folder, files);
      if (!(error instanceof CorruptError)) throw error;
    }
  }
  return undefined;
}

/** @throws {CorruptError} */
export async function readCopy(copy: Copy, files: Files): Promise<Content> {
  try {
    return unseal(await files.read(copy.path)) as Content;
  } catch (error) {
    throw error instanceof CorruptError ? error : new StorageError(copy.path, 'cannot be read', error);
  }
}

export const nameOf = (epoch: number, version: number) => `${epoch}-${version}.json`;

/** Newest first. */
export async function copiesOf(folder: string, files: Files): Promise<Copy[]> {
  const copies = (await files.list(folder)).flatMap((name) => {
    const [, epoch, version] = /^(\d+)-(\d+)\.json$/.exec(name) ?? [];
    if (epoch === undefined || version === undefined) return [];
    return [{ epoch: Number(epoch), version: Number(version), path: `${folder}/${name}` }];
  });
  return copies.sort((a, b) => b.epoch - a.epoch || b.version - a.version);
}
