// Model files that the filter must refuse, each with one fault, and the word that its log line has for it.
import { crc32 } from '../../../trainer/actor/crc32.js';
import { encodeModel, HEADER_BYTES } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';

const GOOD = encodeModel(untrainedModel());

/** A changed copy of a good file, with a checksum that fits unless told otherwise. */
function changed(change: (view: DataView) => void, { sealed = true } = {}): string {
  const bytes = Uint8Array.from(GOOD);
  const view = new DataView(bytes.buffer);
  change(view);
  if (sealed) view.setUint32(bytes.length - 4, crc32(bytes.subarray(0, -4)), true);
  return base64(bytes);
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}

export const DAMAGED_MODELS: readonly (readonly [fault: string, model: unknown, words: RegExp])[] = [
  ['is no string', 17, /model: expected a base64 string/],
  ['is not base64', 'we!r', /model: not base64/],
  ['is empty', '', /model: 0 bytes are not the length/],
  ['has another magic', changed((view) => view.setUint8(0, 0x57 + 1)), /model: not a model file/],
  ['has another format version', changed((view) => view.setUint16(4, 2, true)), /model: format version/],
  ['has another feature set', changed((view) => view.setUint32(8, 1, true)), /model: trained for another/],
  ['has another shape', changed((view) => view.setUint8(14, 33)), /model: shape does not fit/],
  ['is cut', base64(GOOD.subarray(0, -8)), /model: \d+ bytes are not the length/],
  ['goes on past its end', base64(Buffer.concat([GOOD, Buffer.alloc(4)])), /bytes are not the length/],
  ['is too long', base64(new Uint8Array(20_000).fill(1)), /model: /],
  [
    'has a flipped bit',
    changed((view) => view.setUint8(100, view.getUint8(100) ^ 1), { sealed: false }),
    /checksum/,
  ],
  ['has a temperature of 0', changed((view) => view.setFloat32(16, 0, true)), /temperature must be above 0/],
  ['has an infinite scale', changed((view) => view.setFloat32(20, Infinity, true)), /not finite/],
  [
    'has a scale that is no number',
    changed((view) => view.setFloat32(HEADER_BYTES, NaN, true)),
    /not finite/,
  ],
  ['has the weight -128', changed((view) => view.setInt8(GOOD.length - 5, -128)), /weight -128/],
];
