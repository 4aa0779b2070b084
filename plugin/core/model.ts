// The model file (docs/contracts.md): decoding with every check, and the layout that the forward pass reads.
import { crc32 } from './crc32';
import { CONTEXT, FEATURES, FEATURE_SET_HASH, FEATURE_SET_VERSION } from './features';

const MAGIC: u32 = 0x52494557; // "WEIR", little endian
const FORMAT_VERSION: u16 = 1;
const HEADER: i32 = 40;
const MAX_BYTES: i32 = 16384;
export const MAX_HIDDEN: i32 = 64;
export const MODEL_ID_BYTES: i32 = 16;

export const enum ModelFault {
  None,
  Length,
  Magic,
  Version,
  FeatureSet,
  Shape,
  Checksum,
  NotFinite,
  Temperature,
  Weight,
}

/**
 * A decoded model. Weights are widened to int16 and laid out for `i32x4.dot_i16x8_s`:
 * `layer1` H1 x F and `layer2` H2 x H1, row by row (a pair of inputs is one int32 to splat over four endpoints);
 * `context1` H1 x 8; `pooled2` H2 x pad8(H1); `output` H2.
 */
export class Model {
  hidden1: i32 = 0;
  hidden2: i32 = 0;
  temperature: f32 = 1;
  outputScale: f32 = 0;
  outputBias: i32 = 0;
  id: StaticArray<u8> = new StaticArray<u8>(MODEL_ID_BYTES);
  scale1: StaticArray<f32> = [];
  scale2: StaticArray<f32> = [];
  bias1: StaticArray<i32> = [];
  bias2: StaticArray<i32> = [];
  layer1: StaticArray<i16> = [];
  context1: StaticArray<i16> = [];
  layer2: StaticArray<i16> = [];
  pooled2: StaticArray<i16> = [];
  output: StaticArray<i16> = [];

  /** H1 rounded up to whole vectors of 8 int16. */
  get pooledStride(): i32 {
    return (this.hidden1 + 7) & ~7;
  }

  /** Reads a model file; on a fault the model must not be used. */
  decode(bytes: usize, length: i32): ModelFault {
    if (length < HEADER + 4 || length > MAX_BYTES) return ModelFault.Length;
    if (load<u32>(bytes) != MAGIC) return ModelFault.Magic;
    if (load<u16>(bytes + 4) != FORMAT_VERSION) return ModelFault.Version;
    if (load<u16>(bytes + 6) != FEATURE_SET_VERSION) return ModelFault.FeatureSet;
    if (load<u32>(bytes + 8) != FEATURE_SET_HASH) return ModelFault.FeatureSet;
    const h1 = load<u8>(bytes + 14) as i32;
    const h2 = load<u8>(bytes + 15) as i32;
    if (load<u8>(bytes + 12) != FEATURES || load<u8>(bytes + 13) != CONTEXT) return ModelFault.Shape;
    if (!isHidden(h1) || !isHidden(h2)) return ModelFault.Shape;
    const parameters = h1 * (FEATURES + CONTEXT) + 2 * h2 * h1 + h2;
    if (length != HEADER + 8 * (h1 + h2) + 4 + parameters + 4) return ModelFault.Length;
    if (load<u32>(bytes + length - 4) != crc32(bytes, length - 4)) return ModelFault.Checksum;
    this.hidden1 = h1;
    this.hidden2 = h2;
    this.temperature = load<f32>(bytes + 16);
    this.outputScale = load<f32>(bytes + 20);
    if (!isFinite(this.temperature) || !isFinite(this.outputScale)) return ModelFault.NotFinite;
    if (this.temperature <= 0) return ModelFault.Temperature;
    memory.copy(changetype<usize>(this.id), bytes + 24, MODEL_ID_BYTES);
    return this.readBody(bytes + HEADER, h1, h2);
  }

  private readBody(start: usize, h1: i32, h2: i32): ModelFault {
    let at = start;
    this.scale1 = new StaticArray<f32>(h1);
    this.scale2 = new StaticArray<f32>(h2);
    this.bias1 = new StaticArray<i32>(h1);
    this.bias2 = new StaticArray<i32>(h2);
    this.layer1 = new StaticArray<i16>(h1 * FEATURES);
    this.context1 = new StaticArray<i16>(h1 * CONTEXT);
    this.layer2 = new StaticArray<i16>(h2 * h1);
    this.pooled2 = new StaticArray<i16>(h2 * this.pooledStride);
    this.output = new StaticArray<i16>(h2);
    memory.copy(changetype<usize>(this.scale1), at, h1 << 2);
    memory.copy(changetype<usize>(this.scale2), (at += h1 << 2), h2 << 2);
    memory.copy(changetype<usize>(this.bias1), (at += h2 << 2), h1 << 2);
    memory.copy(changetype<usize>(this.bias2), (at += h1 << 2), h2 << 2);
    this.outputBias = load<i32>((at += h2 << 2));
    at += 4;
    for (let i = 0; i < h1; i++) if (!isFinite(this.scale1[i])) return ModelFault.NotFinite;
    for (let i = 0; i < h2; i++) if (!isFinite(this.scale2[i])) return ModelFault.NotFinite;
    let smallest = widen(this.layer1, 0, at, h1 * FEATURES);
    smallest = min(smallest, widen(this.context1, 0, (at += h1 * FEATURES), h1 * CONTEXT));
    smallest = min(smallest, widen(this.layer2, 0, (at += h1 * CONTEXT), h2 * h1));
    at += h2 * h1;
    for (let row = 0; row < h2; row++, at += h1) {
      smallest = min(smallest, widen(this.pooled2, row * this.pooledStride, at, h1));
    }
    smallest = min(smallest, widen(this.output, 0, at, h2));
    return smallest == -128 ? ModelFault.Weight : ModelFault.None;
  }
}

function isHidden(size: i32): bool {
  return size >= 4 && size <= MAX_HIDDEN && (size & 3) == 0;
}

/** Copies `count` int8 at `from` to `to[offset..]`; returns the smallest. */
function widen(to: StaticArray<i16>, offset: i32, from: usize, count: i32): i32 {
  let smallest = 0;
  for (let i = 0; i < count; i++) {
    const value = load<i8>(from + i) as i32;
    to[offset + i] = value as i16;
    smallest = min(smallest, value);
  }
  return smallest;
}
