// One model on disk: a folder with the file, its card and its record, to bytes and back.
import type { ModelCard } from '../../actor/model-card.js';
import { contentId } from '../../actor/content-id.js';
import { decodeModel } from '../../actor/model-file.js';
import { ModelError, type Model } from '../../actor/model.js';
import { errnoOf, type Files } from './files.js';
import { parseCard, parseRecord, type ModelRecord } from './record.js';
import { CorruptError, checksum, seal, unseal } from './sealed.js';
import { StorageError } from './storage-error.js';

export const MODEL_FILE = 'model.weir';
/** Where `weir model inspect` looks for it. */
export const CARD_FILE = 'model.json';
export const RECORD_FILE = 'record.json';
export const PIN_FILE = 'pinned';

export interface Entry extends Omit<ModelRecord, 'cardCrc32'> {
  readonly card: ModelCard;
  /** Kept by `prune`, whatever its age. */
  readonly pinned: boolean;
}

/** The files of a new model. */
export function contentsOf(
  model: Uint8Array,
  card: ModelCard,
  facts: Omit<ModelRecord, 'cardCrc32'>,
): Record<string, Uint8Array> {
  const cardBytes = Buffer.from(`${JSON.stringify(card, null, 2)}\n`);
  return {
    [MODEL_FILE]: model,
    [CARD_FILE]: cardBytes,
    [RECORD_FILE]: seal({ ...facts, cardCrc32: checksum(cardBytes) } satisfies ModelRecord),
  };
}

/**
 * Undefined where there is no such folder.
 * @throws {CorruptError} where a file is missing or not what was written there
 */
export async function readEntry(folder: string, id: string, files: Files): Promise<Entry | undefined> {
  const names = await files.list(folder);
  if (names.length === 0) return undefined;
  const record = await readRecord(folder, id, files);
  const card = await readPart(folder, CARD_FILE, files, (bytes) => {
    const actual = checksum(bytes);
    if (actual !== record.cardCrc32)
      throw new CorruptError(`its checksum is ${actual}, the record says ${record.cardCrc32}`);
    return parseCard(JSON.parse(bytes.toString('utf8')));
  });
  const { cardCrc32: _, ...facts } = record;
  return { ...facts, card, pinned: names.includes(PIN_FILE) };
}

/** @throws {CorruptError} */
export function readRecord(folder: string, id: string, files: Files): Promise<ModelRecord> {
  return readPart(folder, RECORD_FILE, files, (bytes) => {
    const record = parseRecord(unseal(bytes));
    if (record.id !== id) throw new CorruptError(`id: it is that of ${record.id}`);
    return record;
  });
}

/** @throws {CorruptError} where the file is not a model, or not this one */
export function readModelFile(folder: string, id: string, files: Files): Promise<Model> {
  return readPart(folder, MODEL_FILE, files, (bytes) => {
    const model = decodeModel(bytes);
    const content = contentId(model);
    if (model.id !== id || content !== id)
      throw new CorruptError(`its id is ${model.id}, its content's ${content}`);
    return model;
  });
}

async function readPart<T>(
  folder: string,
  name: string,
  files: Files,
  parse: (bytes: Buffer) => T,
): Promise<T> {
  const path = `${folder}/${name}`;
  try {
    return parse(await files.read(path));
  } catch (error) {
    // The folder came with all its files.
    if (errnoOf(error) === 'ENOENT') throw new CorruptError(`${name} is missing`);
    if (errnoOf(error) !== undefined) throw new StorageError(path, 'cannot be read', error);
    const isDamage =
      error instanceof CorruptError || error instanceof ModelError || error instanceof SyntaxError;
    throw isDamage ? new CorruptError(`${name}: ${error.message}`) : error;
  }
}
