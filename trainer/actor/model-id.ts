// A model's id: 16 bytes in the file, 32 hex digits everywhere else.
import { ModelError } from './model.js';

export const ID_BYTES = 16;
export const NO_ID = '0'.repeat(2 * ID_BYTES);

export function isModelId(text: string): boolean {
  return /^[0-9a-f]{32}$/.test(text);
}

export function idToHex(bytes: Uint8Array): string {
  if (bytes.length !== ID_BYTES) throw new ModelError(`model id has ${bytes.length} bytes, not ${ID_BYTES}`);
  return Buffer.from(bytes).toString('hex');
}

export function idFromHex(text: string): Uint8Array {
  if (!isModelId(text))
    throw new ModelError(`model id ${JSON.stringify(text)} is not 32 lower-case hex digits`);
  return Uint8Array.from(Buffer.from(text, 'hex'));
}

/** First four bytes, big endian: what the gauges `weir.model` and `weir.worker.N.model` show. */
export function idGauge(id: string): number {
  return Number.parseInt(id.slice(0, 8), 16);
}
