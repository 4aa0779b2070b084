import { describe, expect, it } from 'vitest';
import { crc32 } from '../../../trainer/actor/crc32.js';
import { FEATURE_SET_VERSION } from '../../../trainer/actor/features.js';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import type { ModelFault } from '../../../trainer/environment/core.js';
import { freshCore } from './support.js';

const core = freshCore();
const shape = { hidden1: 8, hidden2: 4 };
const file = encodeModel(untrainedModel({ seed: 3, scale: 1, ...shape }));

/** The file with a change and, unless told otherwise, the checksum that belongs to it. */
function altered(change: (view: DataView) => void, checksum = true): Uint8Array {
  const bytes = file.slice();
  const view = new DataView(bytes.buffer);
  change(view);
  if (checksum) view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return bytes;
}

describe('a model file', () => {
  it('is taken when it is whole', () => {
    expect(core.loadModel(file)).toBe('none');
    for (const [hidden1, hidden2] of [
      [4, 4],
      [64, 64],
      [4, 64],
      [32, 16],
    ] as const) {
      expect(core.loadModel(encodeModel(untrainedModel({ hidden1, hidden2 })))).toBe('none');
    }
  });

  const scale1 = 40;
  const scale2 = scale1 + 4 * shape.hidden1;
  const weights = 40 + 8 * (shape.hidden1 + shape.hidden2) + 4;
  const context = weights + shape.hidden1 * FEATURES;
  const layer2 = context + shape.hidden1 * CONTEXT;
  const faults: [ModelFault, string, (view: DataView) => void][] = [
    ['magic', 'another magic', (v) => v.setUint8(0, 0x58)],
    ['version', 'a newer format', (v) => v.setUint16(4, 2, true)],
    ['feature-set', 'another feature-set version', (v) => v.setUint16(6, FEATURE_SET_VERSION - 1, true)],
    ['feature-set', 'another feature-set hash', (v) => v.setUint32(8, 1, true)],
    ['shape', 'another number of features', (v) => v.setUint8(12, FEATURES - 4)],
    ['shape', 'another number of context features', (v) => v.setUint8(13, CONTEXT - 1)],
    ['shape', 'a hidden layer of 0', (v) => v.setUint8(14, 0)],
    ['shape', 'a hidden layer of 6', (v) => v.setUint8(15, 6)],
    ['shape', 'a hidden layer of 68', (v) => v.setUint8(14, 68)],
    ['length', 'a shape that needs another length', (v) => v.setUint8(14, 12)],
    ['not-finite', 'a temperature that is no number', (v) => v.setFloat32(16, NaN, true)],
    ['not-finite', 'an infinite output scale', (v) => v.setFloat32(20, Infinity, true)],
    ['not-finite', 'an infinite scale of layer 1', (v) => v.setFloat32(scale1 + 28, -Infinity, true)],
    ['not-finite', 'a scale of layer 2 that is no number', (v) => v.setFloat32(scale2 + 12, NaN, true)],
    ['temperature', 'a temperature of 0', (v) => v.setFloat32(16, 0, true)],
    ['temperature', 'a negative temperature', (v) => v.setFloat32(16, -1, true)],
    ['weight', 'a first weight of -128', (v) => v.setInt8(weights, -128)],
    ['weight', 'a context weight of -128', (v) => v.setInt8(context, -128)],
    ['weight', 'a weight of layer 2 of -128', (v) => v.setInt8(layer2, -128)],
    ['weight', 'a pooled weight of -128', (v) => v.setInt8(layer2 + shape.hidden1 * shape.hidden2, -128)],
    ['weight', 'a last weight of -128', (v) => v.setInt8(file.length - 5, -128)],
  ];
  it.each(faults)('is refused for its %s: %s', (fault, _what, change) => {
    expect(core.loadModel(altered(change))).toBe(fault);
  });

  it('is refused when any byte of it is changed', () => {
    for (let at = 0; at < file.length; at++) {
      for (const mask of [1, 0x80, 0xff]) {
        const bytes = altered((v) => v.setUint8(at, file[at]! ^ mask), false);
        if (core.loadModel(bytes) === 'none') expect.fail(`byte ${at} changed by ${mask} goes unnoticed`);
      }
    }
  });

  it('is refused when it is cut or longer', () => {
    for (let length = 0; length < file.length; length++) {
      if (core.loadModel(file.subarray(0, length)) === 'none') expect.fail(`${length} bytes are taken`);
    }
    expect(core.loadModel(file.subarray(0, 10))).toBe('length');
    expect(core.loadModel(file.subarray(0, -1))).toBe('length');
    expect(core.loadModel(Uint8Array.of(...file, 0))).toBe('length');
    expect(core.loadModel(new Uint8Array(20_000))).toBe('length');
  });

  it('is taken again after a faulty one', () => {
    expect(core.loadModel(file.subarray(0, 100))).not.toBe('none');
    expect(core.loadModel(file)).toBe('none');
  });
});
