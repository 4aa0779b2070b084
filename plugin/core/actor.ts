// The int8 forward pass: one small network shared by all endpoints plus a context pooled over them, four endpoints at
// a time. Every operation is exact or rounded once (half to even), so the bits are the same on every machine.
import { CONTEXT, FEATURES, contextVector, featurePairs } from './features';
import { MAX_ENDPOINTS } from './lanes';
import { ROUNDING } from './math';
import { MAX_HIDDEN, Model } from './model';

const PAIRS: i32 = FEATURES / 2;
const BLOCKS: i32 = MAX_ENDPOINTS / 4;

/** tanh in steps of 1/32, in units of 1/127: nearest(127 tanh(q / 32)) for q in 0..111 (a test compares), 127 above. */
// prettier-ignore
const TANH: usize = memory.data<u8>([
  0, 4, 8, 12, 16, 20, 24, 27, 31, 35, 38, 42, 46, 49, 52, 56, 59, 62, 65, 68, 70, 73, 76, 78, 81, 83, 85, 87,
  89, 91, 93, 95, 97, 98, 100, 101, 103, 104, 105, 107, 108, 109, 110, 111, 112, 113, 113, 114, 115, 116, 116, 117, 118, 118, 119, 119,
  120, 120, 120, 121, 121, 122, 122, 122, 122, 123, 123, 123, 123, 124, 124, 124, 124, 124, 125, 125, 125, 125, 125, 125, 125, 125, 125, 126,
  126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 126, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127, 127,
], 16);
const TANH_LAST: i8 = 111;

/** Hidden vectors as int16 pairs, four endpoints wide: pair p of block b at (b * H1/2 + p) * 16. */
const hidden: usize = memory.data((BLOCKS * (MAX_HIDDEN / 2)) << 4, 16);
/** The same of layer 2, for one block. */
const last: usize = memory.data((MAX_HIDDEN / 2) << 4, 16);
/** Biases with the context's or the pooled part, int32. */
const base1: usize = memory.data(MAX_HIDDEN << 2, 16);
const base2: usize = memory.data(MAX_HIDDEN << 2, 16);
/** Sums of the hidden pairs over blocks (int16 is enough for 256 times 127), and their means over endpoints. */
const sums: usize = memory.data((MAX_HIDDEN / 2) << 4, 16);
const pooled: usize = memory.data((MAX_HIDDEN << 1) + 16, 16);

/**
 * Writes the residual of each of `size` slots as f32 at `out` (16 bytes may be written past the last). The mean is
 * taken over the `count` slots whose float at `present` is 1. Features and context lie in features.ts.
 */
export function forward(model: Model, size: i32, count: i32, present: usize, out: usize): void {
  const h1 = model.hidden1;
  const h2 = model.hidden2;
  const blocks = (size + 3) >> 2;
  contextBase(model);
  memory.fill(sums, 0, h1 << 3);
  for (let b = 0; b < blocks; b++) {
    const mask = f32x4.gt(v128.load(present + (b << 4)), f32x4.splat(0));
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

/** Bounds and rounding of a requantisation: read, because sixteen constants in the code would weigh 18 bytes each. */
const REQUANTISE: usize = memory.data<f32>([-128, 127, ROUNDING], 16);

/** The innermost steps, always inlined: a call each would cost as much as the arithmetic. */
class Step {
  /** nearest(acc * scale) clamped to -128..127, in int32. */
  @inline static requantise(acc: v128, scale: v128, least: v128, most: v128, rounding: v128): v128 {
    const scaled = f32x4.mul(f32x4.convert_i32x4_s(acc), scale);
    return i32x4.sub(f32x4.add(f32x4.pmax(least, f32x4.pmin(most, scaled)), rounding), rounding);
  }

  /** The odd function whose half is TANH, of 16 int8: each 16 entries answer the indices that fall among them. */
  @inline static activate(q: v128): v128 {
    let index = i8x16.min_u(i8x16.abs(q), i8x16.splat(TANH_LAST));
    let value = i8x16.swizzle(v128.load(TANH), index);
    for (let part = TANH + 16; part <= TANH + TANH_LAST; part += 16) {
      index = i8x16.sub(index, i8x16.splat(16));
      value = v128.or(value, i8x16.swizzle(v128.load(part), index));
    }
    const sign = i8x16.lt_s(q, i8x16.splat(0));
    return i8x16.sub(v128.xor(value, sign), sign);
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
  const least = v128.load32_splat(REQUANTISE);
  const most = v128.load32_splat(REQUANTISE, 4);
  const rounding = v128.load32_splat(REQUANTISE, 8);
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
    const scale = scales + (c << 2);
    const low = i16x8.narrow_i32x4_s(
      Step.requantise(s0, v128.load32_splat(scale), least, most, rounding),
      Step.requantise(s1, v128.load32_splat(scale, 4), least, most, rounding),
    );
    const high = i16x8.narrow_i32x4_s(
      Step.requantise(s2, v128.load32_splat(scale, 8), least, most, rounding),
      Step.requantise(s3, v128.load32_splat(scale, 12), least, most, rounding),
    );
    const all = Step.activate(i8x16.narrow_i16x8_s(low, high));
    // From four endpoints of each channel to pairs of channels of each endpoint.
    const pairs16 = i8x16.shuffle(all, all, 0, 4, 1, 5, 2, 6, 3, 7, 8, 12, 9, 13, 10, 14, 11, 15);
    const at = out + ((c >> 1) << 4);
    v128.store(at, i16x8.extend_low_i8x16_s(pairs16));
    v128.store(at, i16x8.extend_high_i8x16_s(pairs16), 16);
  }
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
  for (let o = 0, end = channels << 3; o < end; o += 16) {
    const kept = v128.and(v128.load(y + o), mask);
    v128.store(sums + o, i16x8.add(v128.load(sums + o), kept));
  }
}

/** pooled = nearest(sums / count); base2 = b2 + U2 pooled. */
function pooledBase(model: Model, count: i32): void {
  const stride = model.pooledStride;
  const divisor = f32x4.splat(count as f32);
  for (let c = 0; c < model.hidden1; c += 4) {
    // Two pairs of channels: their sums over the four lanes, then as floats.
    const a = v128.load(sums + (c << 3));
    const b = v128.load(sums + (c << 3), 16);
    const two = i16x8.add(i32x4.shuffle(a, b, 0, 1, 4, 5), i32x4.shuffle(a, b, 2, 3, 6, 7));
    const one = i16x8.add(two, i64x2.shr_u(two, 32));
    const four = i32x4.extend_low_i16x8_s(i32x4.shuffle(one, one, 0, 2, 0, 2));
    const mean = f32x4.nearest(f32x4.div(f32x4.convert_i32x4_s(four), divisor));
    v128.store(pooled + (c << 1), i16x8.narrow_i32x4_s(i32x4.trunc_sat_f32x4_s(mean), f32x4.splat(0)));
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
