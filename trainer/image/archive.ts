// One file as tar and as gzip, the same bytes on every machine: no time, no owner, and no compressor, whose output
// differs by version and CPU. The digest of an image is what people pin, and 64 KiB are pulled as quickly as 25.
import { crc32 } from '../actor/crc32.js';

const TAR_BLOCK = 512;
/** The largest stored block of deflate (RFC 1951, 3.2.4). */
const STORED_BYTES = 0xffff;

/**
 * A tar archive (POSIX ustar) of one regular file, mode 0644, owner 0:0, time 0.
 * @param name 100 bytes of ASCII at most
 */
export function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(TAR_BLOCK);
  const octal = (value: number, at: number, width: number) =>
    header.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'latin1');
  header.write(name, 0, 100, 'latin1');
  octal(0o644, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(content.length, 124, 12);
  octal(0, 136, 12);
  header.write('0', 156, 'latin1');
  header.write('ustar\x0000', 257, 'latin1');
  // The checksum counts its own field as blanks.
  header.fill(' ', 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const padding = (TAR_BLOCK - (content.length % TAR_BLOCK)) % TAR_BLOCK;
  return Buffer.concat([header, content, Buffer.alloc(padding + 2 * TAR_BLOCK)]);
}

/** A gzip member (RFC 1952) whose deflate blocks are all stored. */
export function gzipStored(content: Uint8Array): Uint8Array {
  // Deflate, no flags, no time, no extra flags, unknown system.
  const parts: Uint8Array[] = [Uint8Array.of(0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255)];
  for (let at = 0; at === 0 || at < content.length; at += STORED_BYTES) {
    const block = content.subarray(at, at + STORED_BYTES);
    const header = Buffer.alloc(5);
    header.writeUInt8(at + STORED_BYTES >= content.length ? 1 : 0, 0);
    header.writeUInt16LE(block.length, 1);
    header.writeUInt16LE(~block.length & 0xffff, 3);
    parts.push(header, block);
  }
  const trailer = Buffer.alloc(8);
  trailer.writeUInt32LE(crc32(content), 0);
  trailer.writeUInt32LE(content.length % 2 ** 32, 4);
  return Buffer.concat([...parts, trailer]);
}
