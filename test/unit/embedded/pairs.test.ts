import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodePairs, encodePairs } from '../../../trainer/mesh/embedded/vm/pairs.js';

/** Text of bytes, as headers are; latin1 has a character for each. */
const byteText = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

describe('serialised header maps', () => {
  it('have the layout of the specification', () => {
    const expected = [1, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 0x61, 0, 0x62, 0x63, 0];
    expect([...encodePairs([['a', 'bc']])]).toEqual(expected);
    expect(encodePairs([])).toHaveLength(0);
  });

  it('come back as they were, bytes past ASCII and NUL included', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(byteText, byteText), { maxLength: 8 }), (pairs) => {
        expect(decodePairs(encodePairs(pairs))).toEqual(pairs);
      }),
    );
  });

  it('are nothing where the bytes are not one', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(byteText, byteText), { minLength: 1, maxLength: 4 }),
        fc.nat(),
        (pairs, cut) => {
          const bytes = encodePairs(pairs);
          expect(decodePairs(bytes.subarray(0, cut % bytes.length))).toEqual([]);
        },
      ),
    );
    fc.assert(fc.property(fc.uint8Array(), (bytes) => void decodePairs(bytes)));
  });
});
