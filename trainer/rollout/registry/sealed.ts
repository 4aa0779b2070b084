// JSON with a checksum around it: a damaged file is told from a whole one, whatever byte it is that changed.
import type { z } from 'zod';
import { crc32 } from '../../actor/crc32.js';

/** A file that is not what was written there; the message says how it shows. */
export class CorruptError extends Error {
  override readonly name = 'CorruptError';
}

export function seal(value: unknown): Buffer {
  const text = JSON.stringify(value);
  return Buffer.from(`{"crc32":"${checksum(text)}","value":${text}}\n`);
}

/** @throws {CorruptError} where the bytes are not those of `seal` */
export function unseal(bytes: Uint8Array): unknown {
  const text = Buffer.from(bytes).toString('utf8');
  const found = /^\{"crc32":"([0-9a-f]{8})","value":(.*)\}\n$/s.exec(text);
  if (!found) throw new CorruptError('it is cut short, or no JSON with a checksum');
  const [, stored, body] = found as unknown as [string, string, string];
  const actual = checksum(body);
  if (stored !== actual)
    throw new CorruptError(`its checksum is ${stored}, that of its content is ${actual}`);
  return JSON.parse(body);
}

export function checksum(text: string | Uint8Array): string {
  return crc32(Buffer.from(text)).toString(16).padStart(8, '0');
}

/** What a schema makes of it. @throws {CorruptError} that names the field */
export function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new CorruptError(`${issue?.path.join('.') || 'its value'}: ${issue?.message}`);
}
