import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../trainer/actor/crc32.js';
import { MAX_MODEL_BYTES, decodeModel, encodeModel, modelBytes } from '../../../trainer/actor/model-file.js';
import { ModelError } from '../../../trainer/actor/model.js';
import { anyModel, small } from './models.js';

/** The file of `small` after `change`, its checksum made right again, so that the check behind it is reached. */
function forged(change: (view: DataView) => void): Uint8Array {
  const bytes = encodeModel(small);
  const view = new DataView(bytes.buffer);
  change(view);
  view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

describe('a model file', () => {
  it('holds any model without loss', () => {
    fc.assert(
      fc.property(anyModel, (model) => {
        expect(decodeModel(encodeModel(model))).toEqual(model);
      }),
      { numRuns: 40 },
    );
  });

  it('reads from the middle of a larger buffer', () => {
    const file = encodeModel(small);
    const larger = new Uint8Array(file.length + 7);
    larger.set(file, 3);
    expect(decodeModel(larger.subarray(3, 3 + file.length))).toEqual(small);
  });

  it('rejects every single changed byte', () => {
    const file = encodeModel(small);
    for (let at = 0; at < file.length; at++) {
      for (const flip of [0x01, 0x80, 0xff]) {
        const broken = Uint8Array.from(file);
        broken[at]! ^= flip;
        expect(() => decodeModel(broken), `byte ${at} ^ ${flip}`).toThrow(ModelError);
      }
    }
  });

  it('rejects every truncation and any bytes behind its end', () => {
    const file = encodeModel(small);
    for (let end = 0; end < file.length; end++)
      expect(() => decodeModel(file.subarray(0, end))).toThrow(ModelError);
    expect(() => decodeModel(Uint8Array.of(...file, 0))).toThrow(/length is \d+ bytes, its shape needs \d+/);
  });

  it('rejects arbitrary bytes with a ModelError and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        expect(() => decodeModel(bytes)).toThrow(ModelError);
      }),
    );
  });

  it('fits its limit in the largest shape', () => {
    expect(modelBytes(64, 64)).toBeLessThan(MAX_MODEL_BYTES);
    expect(() => decodeModel(new Uint8Array(MAX_MODEL_BYTES + 1))).toThrow(
      'length is 16385 bytes, the limit is 16384',
    );
  });

  it.each<[string, (view: DataView) => void]>([
    ['magic is "XEIR", not "WEIR"', (v) => v.setUint8(0, 0x58)],
    ['format version is 2, not 1', (v) => v.setUint16(4, 2, true)],
    ['feature-set version is 7, not 2', (v) => v.setUint16(6, 7, true)],
    ['feature-set hash is 0x00000001, not 0x', (v) => v.setUint32(8, 1, true)],
    ['shape 20/8/4/4: 24 endpoint features expected', (v) => v.setUint8(12, 20)],
    ['shape 24/9/4/4: 8 context features expected', (v) => v.setUint8(13, 9)],
    ['shape 24/8/6/4: a hidden layer has 4 to 64 channels, a multiple of 4', (v) => v.setUint8(14, 6)],
    ['shape 24/8/4/68: a hidden layer', (v) => v.setUint8(15, 68)],
    ['length is 276 bytes, its shape needs 468', (v) => v.setUint8(14, 8)],
    ['temperature is 0, must be above 0', (v) => v.setFloat32(16, 0, true)],
    ['temperature is -1, must be above 0', (v) => v.setFloat32(16, -1, true)],
    ['temperature is NaN, not finite', (v) => v.setFloat32(16, NaN, true)],
    ['output scale is Infinity, not finite', (v) => v.setFloat32(20, Infinity, true)],
    ['scale1[2] is NaN, not finite', (v) => v.setFloat32(48, NaN, true)],
    ['scale2[0] is -Infinity, not finite', (v) => v.setFloat32(56, -Infinity, true)],
    ['w1[0] is -128, weights are in -127..127', (v) => v.setInt8(108, -128)],
  ])('is refused with "%s"', (message, change) => {
    expect(() => decodeModel(forged(change))).toThrow(message);
  });

  it('names a bad checksum as such', () => {
    const file = encodeModel(small);
    file[file.length - 5]! ^= 4;
    expect(() => decodeModel(file)).toThrow(/^checksum is 0x[0-9a-f]{8}, the content has 0x[0-9a-f]{8}$/);
  });

  it('is not written from a model that no filter would accept', () => {
    expect(() => encodeModel({ ...small, temperature: 1e-60 })).toThrow(
      'temperature is 1e-60, must be above 0',
    );
    expect(() => encodeModel({ ...small, w3: new Int8Array(3) })).toThrow('w3 has 3 values, not 4');
    expect(() => encodeModel({ ...small, id: 'xyz' })).toThrow(
      'model id "xyz" is not 32 lower-case hex digits',
    );
    expect(() => encodeModel({ ...small, bias3: 0.5 })).toThrow('bias3 is 0.5, not an int32');
  });
});

it('crc32 gives the check value of the standard', () => {
  expect(crc32(Buffer.from('123456789'))).toBe(0xcbf43926);
});
