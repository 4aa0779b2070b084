// The model file (docs/contracts.md): bytes to model and back. Every mismatch is an error that says what is wrong.
import { crc32 } from './crc32.js';
import { FEATURE_SET_HASH, FEATURE_SET_VERSION } from './features.js';
import { CONTEXT, FEATURES, ModelError, checkNumbers, checkShape, type Model } from './model.js';
import { ID_BYTES, idFromHex, idToHex } from './model-id.js';

export const FORMAT_VERSION = 1;
export const MAX_MODEL_BYTES = 16 * 1024;
const MAGIC = 'WEIR';
export const HEADER_BYTES = 40;
const CHECKSUM_BYTES = 4;

export function modelBytes(hidden1: number, hidden2: number): number {
  const words = 2 * (hidden1 + hidden2) + 1;
  const weights = hidden1 * (FEATURES + CONTEXT) + 2 * hidden1 * hidden2 + hidden2;
  return HEADER_BYTES + 4 * words + weights + CHECKSUM_BYTES;
}

export function encodeModel(model: Model): Uint8Array {
  const { hidden1, hidden2 } = model;
  checkShape(FEATURES, CONTEXT, hidden1, hidden2);
  checkNumbers(model);
  const bytes = new Uint8Array(modelBytes(hidden1, hidden2));
  const view = new DataView(bytes.buffer);
  bytes.set(Buffer.from(MAGIC, 'latin1'));
  view.setUint16(4, FORMAT_VERSION, true);
  view.setUint16(6, FEATURE_SET_VERSION, true);
  view.setUint32(8, FEATURE_SET_HASH, true);
  bytes.set([FEATURES, CONTEXT, hidden1, hidden2], 12);
  view.setFloat32(16, model.temperature, true);
  view.setFloat32(20, model.outputScale, true);
  bytes.set(idFromHex(model.id), 24);
  let at = HEADER_BYTES;
  const put = (
    name: 'scale1' | 'scale2' | 'bias1' | 'bias2' | 'w1' | 'v1' | 'w2' | 'u2' | 'w3',
    length: number,
  ) => {
    const values = model[name];
    if (values.length !== length) throw new ModelError(`${name} has ${values.length} values, not ${length}`);
    for (const value of values) {
      if (values instanceof Float32Array) view.setFloat32(at, value, true);
      else if (values instanceof Int32Array) view.setInt32(at, value, true);
      else view.setInt8(at, value);
      at += values.BYTES_PER_ELEMENT;
    }
  };
  put('scale1', hidden1);
  put('scale2', hidden2);
  put('bias1', hidden1);
  put('bias2', hidden2);
  view.setInt32(at, model.bias3, true);
  at += 4;
  put('w1', hidden1 * FEATURES);
  put('v1', hidden1 * CONTEXT);
  put('w2', hidden2 * hidden1);
  put('u2', hidden2 * hidden1);
  put('w3', hidden2);
  view.setUint32(at, crc32(bytes.subarray(0, at)), true);
  return bytes;
}

/** Of a file that need not be right otherwise; undefined where it ends before its id does. */
export function modelIdIn(bytes: Uint8Array): string | undefined {
  const id = bytes.subarray(24, 24 + ID_BYTES);
  return id.length === ID_BYTES ? idToHex(id) : undefined;
}

export function decodeModel(bytes: Uint8Array): Model {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkEnvelope(bytes, view);
  const hidden1 = view.getUint8(14);
  const hidden2 = view.getUint8(15);
  let at = HEADER_BYTES;
  const next = (size: number): number => (at += size) - size;
  const floats = (count: number) =>
    Float32Array.from({ length: count }, () => view.getFloat32(next(4), true));
  const words = (count: number) => Int32Array.from({ length: count }, () => view.getInt32(next(4), true));
  const weights = (count: number) => Int8Array.from({ length: count }, () => view.getInt8(next(1)));
  const model: Model = {
    id: modelIdIn(bytes)!,
    hidden1,
    hidden2,
    temperature: view.getFloat32(16, true),
    outputScale: view.getFloat32(20, true),
    scale1: floats(hidden1),
    scale2: floats(hidden2),
    bias1: words(hidden1),
    bias2: words(hidden2),
    bias3: view.getInt32(next(4), true),
    w1: weights(hidden1 * FEATURES),
    v1: weights(hidden1 * CONTEXT),
    w2: weights(hidden2 * hidden1),
    u2: weights(hidden2 * hidden1),
    w3: weights(hidden2),
  };
  checkNumbers(model);
  return model;
}

/** From the outside in, so that a file of another kind or version is named as such and not as a bad checksum. */
function checkEnvelope(bytes: Uint8Array, view: DataView): void {
  const { length } = bytes;
  if (length > MAX_MODEL_BYTES)
    throw new ModelError(`length is ${length} bytes, the limit is ${MAX_MODEL_BYTES}`);
  if (length < HEADER_BYTES)
    throw new ModelError(`length is ${length} bytes, the header alone is ${HEADER_BYTES}`);
  const magic = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  if (magic !== MAGIC) throw new ModelError(`magic is ${JSON.stringify(magic)}, not "${MAGIC}"`);
  const format = view.getUint16(4, true);
  if (format !== FORMAT_VERSION) throw new ModelError(`format version is ${format}, not ${FORMAT_VERSION}`);
  const set = view.getUint16(6, true);
  if (set !== FEATURE_SET_VERSION)
    throw new ModelError(`feature-set version is ${set}, not ${FEATURE_SET_VERSION}`);
  const hash = view.getUint32(8, true);
  if (hash !== FEATURE_SET_HASH)
    throw new ModelError(`feature-set hash is ${hex(hash)}, not ${hex(FEATURE_SET_HASH)}`);
  const [features, context, hidden1, hidden2] = bytes.subarray(12, 16) as unknown as [
    number,
    number,
    number,
    number,
  ];
  checkShape(features, context, hidden1, hidden2);
  const expected = modelBytes(hidden1, hidden2);
  if (length !== expected) throw new ModelError(`length is ${length} bytes, its shape needs ${expected}`);
  const stored = view.getUint32(length - CHECKSUM_BYTES, true);
  const actual = crc32(bytes.subarray(0, length - CHECKSUM_BYTES));
  if (stored !== actual) throw new ModelError(`checksum is ${hex(stored)}, the content has ${hex(actual)}`);
}

function hex(word: number): string {
  return `0x${word.toString(16).padStart(8, '0')}`;
}
