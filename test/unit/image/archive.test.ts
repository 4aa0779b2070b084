import { execFileSync } from 'node:child_process';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { gzipStored, tarOf } from '../../../trainer/image/archive.js';

const bytes = (size: number) => Uint8Array.from({ length: size }, (_, at) => (at * 31 + (at >> 8)) & 0xff);

describe('a tar of one file', () => {
  it.each([0, 1, 511, 512, 513, 70_000])('is read by tar with %i bytes', (size) => {
    const content = bytes(size);
    const tar = tarOf('plugin.wasm', content);
    expect(tar.length % 512).toBe(0);
    const read = execFileSync('tar', ['-xOf', '-', 'plugin.wasm'], { input: tar });
    expect(read.equals(content)).toBe(true);
    const listed = execFileSync('tar', ['--utc', '-tvf', '-', '--numeric-owner'], { input: tar });
    expect(listed.toString()).toMatch(new RegExp(`^-rw-r--r-- 0/0 +${size} 1970-01-01 00:00 plugin.wasm\n$`));
  });
});

describe('a stored gzip', () => {
  it.each([0, 1, 65_534, 65_535, 65_536, 131_070, 200_000])('comes back from zlib with %i bytes', (size) => {
    const content = bytes(size);
    const zipped = gzipStored(content);
    expect(gunzipSync(zipped).equals(content)).toBe(true);
    // One byte wrong anywhere in the content is found by the checksum.
    if (size > 0) {
      zipped[20]! ^= 1;
      expect(() => gunzipSync(zipped)).toThrow();
    }
  });
});
