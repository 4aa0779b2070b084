// Serialised header maps: u32 count, then u32 length of name and value for each pair, then `name\0value\0` for each.
import type { HeaderPair } from './header-map.js';

/** An empty map is no bytes at all, as proxy-wasm-cpp-host returns it. */
export function encodePairs(pairs: readonly HeaderPair[]): Uint8Array {
  if (pairs.length === 0) return new Uint8Array(0);
  const size = pairs.reduce((sum, [name, value]) => sum + 8 + name.length + 1 + value.length + 1, 4);
  const out = Buffer.alloc(size);
  let at = out.writeUInt32LE(pairs.length, 0);
  for (const [name, value] of pairs) at = out.writeUInt32LE(value.length, out.writeUInt32LE(name.length, at));
  for (const text of pairs.flat()) at += out.write(text, at, 'latin1') + 1;
  return out;
}

/** Malformed bytes give no pairs, as proxy-wasm-cpp-host has it. */
export function decodePairs(bytes: Uint8Array): HeaderPair[] {
  const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (data.length < 4) return [];
  const count = data.readUInt32LE(0);
  let text = 4 + count * 8;
  if (text > data.length) return [];
  const take = (size: number): string | undefined => {
    const end = text + size;
    if (end >= data.length || data[end] !== 0) return undefined;
    const value = data.toString('latin1', text, end);
    text = end + 1;
    return value;
  };
  const pairs: HeaderPair[] = [];
  for (let index = 0; index < count; index++) {
    const name = take(data.readUInt32LE(4 + index * 8));
    const value = name === undefined ? undefined : take(data.readUInt32LE(8 + index * 8));
    if (name === undefined || value === undefined) return [];
    pairs.push([name, value]);
  }
  return pairs;
}
