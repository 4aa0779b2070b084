// The int8 forward pass: one small network shared by all endpoints plus a context pooled over them, four endpoints at
// a time. Every operation is exact or rounded once (half to even), so the bits are the same on every machine.
import { CONTEXT, FEATURES, contextVector, featurePairs } from './features';
import { MAX_ENDPOINTS } from './lanes';
import { MAX_HIDDEN, Model } from './model';

const PAIRS: i32 = FEATURES / 2;
const BLOCKS: i32 = MAX_ENDPOINTS / 4;

/** tanh in steps of 1/32 from 0 to 4, in units of 1/127: nearest(127 tanh(q / 32)) for q in 0..128 (a test compares). */
// prettier-ignore
const TANH: StaticArray<u8> = [
  0, 4, 8, 12, 16, 20, 24, 27, 31, 35, 38, 42, 46, 49, 52, 56, 59, 62, 65, 68,
  70, 73, 76, 78, 81, 83, 85, 87, 89, 91, 93, 95, 97, 98, 100, 101, 103, 104, 105, 107,
  108, 109, 110, 111, 112, 113, 113, 114, 115, 116, 116, 117, 118, 118, 119, 119, 120, 120, 120, 121,
  121, 122, 122, 122, 122, 123, 123, 123, 123, 124, 124, 124, 124, 124, 125, 125, 125, 125, 125, 125,
  125, 125, 125, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126,
  127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127,
  127, 127, 127, 127, 127, 127, 127, 127, 127,
];
/** The odd function over all of int8: `activation[q + 128]` for q in -128..127. */
const activation: StaticArray<i32> = new StaticArray<i32>(256);
for (let q = 0; q < 128; q++) {
  activation[128 + q] = TANH[q];
  activation[127 - q] = -(TANH[q + 1] as i32);
}

/** Hidden vectors as int16 pairs, four endpoints wide: pair p of block b at (b * H1/2 + p) * 16. */
const hidden: usize = memory.data((BLOCKS * (MAX_HIDDEN / 2)) << 4, 16);
/** The same of layer 2, for one block. */
const last: usize = memory.data((MAX_HIDDEN / 2) << 4, 16);
/** Biases with the context's or the pooled part, int32; sums over endpoints; pooled means as int16. */
const base1: usize = memory.data(MAX_HIDDEN << 2, 16);
const base2: usize = memory.data(MAX_HIDDEN << 2, 16);
const sums: usize = memory.data(MAX_HIDDEN << 2, 16);
const pooled: usize = memory.data(MAX_HIDDEN << 1, 16);

/**
 * Writes the residual of each of `size` slots as f32 at `out` (16 bytes may be written past the last). The mean is
 * taken over the `count` slots whose float at `present` is 1. Features and context lie in features.ts.
 */
export function forward(model: Model, size: i32, count: i32, present: usize, out: usize): void {
  const h1 = model.hidden1;
  const h2 = model.hidden2;
  const blocks = (size + 3) >> 2;
  contextBase(model);
  memory.fill(sums, 0, h1 << 2);
  for (let b = 0; b < blocks; b++) {
    const mask = i32x4.trunc_sat_f32x4_s(v128.load(present + (b << 4)));
    const x = featurePairs + ((b * PAIRS) << 4);
    const y = hidden + ((b * (h1 >> 1)) << 4);
    layer(x, PAIRS, changetype<usize>(model.layer1), base1, changetype<usize>(model.scale1), h1, y);
    addPresent(y, h1, mask);
  }
  pooledBase(model, max(count, 1));
  const scale = f32x4.splat(model.outputScale);
  const bias = i32x4.splat(model.outputBias);
  for (let b = 0; b < blocks; b++) {
    const x = hidden + ((b * (h1 >> 1)) << 4);
    layer(x, h1 >> 1, changetype<usize>(model.layer2), base2, changetype<usize>(model.scale2), h2, last);
    const sum = dotRow(last, h2 >> 1, changetype<usize>(model.output), bias);
    v128.store(out + (b << 4), f32x4.mul(f32x4.convert_i32x4_s(sum), scale));
  }
}

/** The innermost steps, always inlined: a call each would cost as much as the arithmetic. */
class Step {
  /** nearest(acc * scale) clamped to -128..127, plus 128: an index into the table. */
  @inline static requantise(acc: v128, scale: v128): v128 {
    const scaled = f32x4.nearest(f32x4.mul(f32x4.convert_i32x4_s(acc), scale));
    const clamped = f32x4.max(f32x4.splat(-128), f32x4.min(f32x4.splat(127), scaled));
    return i32x4.add(i32x4.trunc_sat_f32x4_s(clamped), i32x4.splat(128));
  }

  @inline static activate(a: i32, b: i32): i32 {
    return (unchecked(activation[a]) & 0xffff) | (unchecked(activation[b]) << 16);
  }
}

/** One row of weights (int16 pairs) against `pairs` input pairs of four endpoints. */
function dotRow(inputs: usize, pairs: i32, weights: usize, start: v128): v128 {
  let sum = start;
  for (let p = 0; p < pairs; p++) {
    const dot = i32x4.dot_i16x8_s(v128.load(inputs + (p << 4)), v128.load32_splat(weights + (p << 2)));
    sum = i32x4.add(sum, dot);
  }
  return sum;
}

/** One layer for four endpoints: channels four by four, requantised, through the table, packed as pairs. */
function layer(
  inputs: usize,
  pairs: i32,
  weights: usize,
  base: usize,
  scales: usize,
  channels: i32,
  out: usize,
): void {
  const row = pairs << 2;
  for (let c = 0; c < channels; c += 4) {
    let s0 = v128.load32_splat(base + (c << 2));
    let s1 = v128.load32_splat(base + (c << 2), 4);
    let s2 = v128.load32_splat(base + (c << 2), 8);
    let s3 = v128.load32_splat(base + (c << 2), 12);
    let w = weights + c * row;
    for (let x = inputs, end = inputs + (pairs << 4); x < end; x += 16, w += 4) {
      const input = v128.load(x);
      s0 = i32x4.add(s0, i32x4.dot_i16x8_s(input, v128.load32_splat(w)));
      s1 = i32x4.add(s1, i32x4.dot_i16x8_s(input, v128.load32_splat(w + row)));
      s2 = i32x4.add(s2, i32x4.dot_i16x8_s(input, v128.load32_splat(w + row * 2)));
      s3 = i32x4.add(s3, i32x4.dot_i16x8_s(input, v128.load32_splat(w + row * 3)));
    }
    const at = out + ((c >> 1) << 4);
    activatePair(s0, s1, scales + (c << 2), at);
    activatePair(s2, s3, scales + (c << 2) + 8, at + 16);
  }
}

/** Requantises two channels of four endpoints and stores them as int16 pairs. */
function activatePair(a: v128, b: v128, scales: usize, at: usize): void {
  const qa = Step.requantise(a, v128.load32_splat(scales));
  const qb = Step.requantise(b, v128.load32_splat(scales, 4));
  store<i32>(at, Step.activate(i32x4.extract_lane(qa, 0), i32x4.extract_lane(qb, 0)));
  store<i32>(at, Step.activate(i32x4.extract_lane(qa, 1), i32x4.extract_lane(qb, 1)), 4);
  store<i32>(at, Step.activate(i32x4.extract_lane(qa, 2), i32x4.extract_lane(qb, 2)), 8);
  store<i32>(at, Step.activate(i32x4.extract_lane(qa, 3), i32x4.extract_lane(qb, 3)), 12);
}

/** base1 = b1 + V1 z. */
function contextBase(model: Model): void {
  const z = v128.load(contextVector);
  const rows = changetype<usize>(model.context1);
  for (let c = 0; c < model.hidden1; c++) {
    const dot = i32x4.dot_i16x8_s(z, v128.load(rows + ((c * CONTEXT) << 1)));
    store<i32>(base1 + (c << 2), unchecked(model.bias1[c]) + sumLanes(dot));
  }
}

/** Adds the hidden vectors of the present endpoints of a block to the sums. */
function addPresent(y: usize, channels: i32, mask: v128): void {
  for (let c = 0; c < channels; c += 2) {
    const pair = v128.load(y + ((c >> 1) << 4));
    const even = i32x4.mul(i32x4.shr_s(i32x4.shl(pair, 16), 16), mask);
    const odd = i32x4.mul(i32x4.shr_s(pair, 16), mask);
    store<i32>(sums + (c << 2), load<i32>(sums + (c << 2)) + sumLanes(even));
    store<i32>(sums + (c << 2) + 4, load<i32>(sums + (c << 2) + 4) + sumLanes(odd));
  }
}

/** pooled = nearest(sums / count); base2 = b2 + U2 pooled. */
function pooledBase(model: Model, count: i32): void {
  const stride = model.pooledStride;
  memory.fill(pooled, 0, stride << 1);
  for (let c = 0; c < model.hidden1; c++) {
    const mean = nearest<f32>((load<i32>(sums + (c << 2)) as f32) / (count as f32));
    store<i16>(pooled + (c << 1), mean as i16);
  }
  const rows = changetype<usize>(model.pooled2);
  for (let c = 0; c < model.hidden2; c++) {
    let sum = i32x4.splat(0);
    for (let k = 0; k < stride; k += 8) {
      const weights = v128.load(rows + ((c * stride + k) << 1));
      sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(pooled + (k << 1)), weights));
    }
    store<i32>(base2 + (c << 2), unchecked(model.bias2[c]) + sumLanes(sum));
  }
}

function sumLanes(v: v128): i32 {
  const pairs = i32x4.add(v, i8x16.shuffle(v, v, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}
