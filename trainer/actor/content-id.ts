// The id of a model that is made here: a hash of its content.
import { createHash } from 'node:crypto';
import { HEADER_BYTES, encodeModel } from './model-file.js';
import { ID_BYTES, NO_ID, idToHex } from './model-id.js';
import type { Model } from './model.js';

/** First 16 bytes of the SHA-256 of the file without id and checksum: the same network has the same id anywhere. */
export function contentId(model: Model): string {
  const bytes = encodeModel({ ...model, id: NO_ID });
  const hash = createHash('sha256')
    .update(bytes.subarray(0, HEADER_BYTES - ID_BYTES))
    .update(bytes.subarray(HEADER_BYTES, -4));
  return idToHex(hash.digest().subarray(0, ID_BYTES));
}

export function withContentId(model: Omit<Model, 'id'>): Model {
  return { ...model, id: contentId({ ...model, id: NO_ID }) };
}
