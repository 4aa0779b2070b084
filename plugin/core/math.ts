// Logarithm and power of two from additions, multiplications and one division alone: the same bits on every machine,
// four lanes at a time. The scalar forms are lane 0 of the same arithmetic.

/**
 * log2 of four positive normal floats, absolute error below 2e-5 and one rounding of the result (2^-24 of it). Zero and
 * subnormals give about -127.
 */
export function log2x4(x: v128): v128 {
  const exponent = f32x4.convert_i32x4_s(i32x4.sub(i32x4.shr_s(x, 23), i32x4.splat(127)));
  const mantissa = v128.or(v128.and(x, i32x4.splat(0x007fffff)), i32x4.splat(0x3f800000));
  // atanh series: log2 m = 2/ln2 (s + s^3/3 + s^5/5 + s^7/7), s = (m - 1)/(m + 1) <= 1/3 on [1, 2).
  const one = f32x4.splat(1.0);
  const s = f32x4.div(f32x4.sub(mantissa, one), f32x4.add(mantissa, one));
  const s2 = f32x4.mul(s, s);
  let sum = f32x4.add(f32x4.splat(0.2), f32x4.mul(s2, f32x4.splat(0.14285715)));
  sum = f32x4.add(f32x4.splat(0.33333334), f32x4.mul(s2, sum));
  sum = f32x4.add(one, f32x4.mul(s2, sum));
  return f32x4.add(exponent, f32x4.mul(f32x4.mul(s, f32x4.splat(2.8853901)), sum));
}

/** 1.5 * 2^23: adding it rounds a float below 2^22 to an integer, half to even, which then is in the low bits. */
export const ROUNDING: f32 = 12582912;

/** 2^x of four floats, relative error below 4e-6; x is clamped to -126..126, what is not a number counts as -126. */
export function exp2x4(x: v128): v128 {
  const clamped = f32x4.pmin(f32x4.splat(126.0), f32x4.pmax(f32x4.splat(-126.0), x));
  const rounding = f32x4.splat(ROUNDING);
  const rounded = f32x4.add(clamped, rounding);
  // Taylor series of e^(f ln2) on -0.5..0.5.
  const fraction = f32x4.sub(clamped, f32x4.sub(rounded, rounding));
  const t = f32x4.mul(fraction, f32x4.splat(0.6931472));
  let sum = f32x4.add(f32x4.splat(0.041666668), f32x4.mul(t, f32x4.splat(0.008333334)));
  sum = f32x4.add(f32x4.splat(0.16666667), f32x4.mul(t, sum));
  sum = f32x4.add(f32x4.splat(0.5), f32x4.mul(t, sum));
  const one = f32x4.splat(1.0);
  sum = f32x4.add(one, f32x4.mul(t, sum));
  sum = f32x4.add(one, f32x4.mul(t, sum));
  return f32x4.mul(sum, i32x4.shl(i32x4.add(rounded, i32x4.splat(127)), 23));
}

/** Sum of four floats, pairs first. */
export function sum4(v: v128): f32 {
  return (
    f32x4.extract_lane(v, 0) +
    f32x4.extract_lane(v, 1) +
    (f32x4.extract_lane(v, 2) + f32x4.extract_lane(v, 3))
  );
}

export function max4(v: v128): f32 {
  return max(
    max(f32x4.extract_lane(v, 0), f32x4.extract_lane(v, 1)),
    max(f32x4.extract_lane(v, 2), f32x4.extract_lane(v, 3)),
  );
}

export function log2(x: f32): f32 {
  return f32x4.extract_lane(log2x4(f32x4.splat(x)), 0);
}

export function exp2(x: f32): f32 {
  return f32x4.extract_lane(exp2x4(f32x4.splat(x)), 0);
}

/** Share of the past that an average of time constant `tau` keeps after `elapsed` (same unit): e^(-elapsed/tau). */
export function decay(elapsed: f32, tau: f32): f32 {
  return exp2((max<f32>(elapsed, 0) * -1.442695) / tau);
}

/** The same for the sample after `samples` others: the first ones weigh equally, later ones by their time. */
export function keepShare(samples: f32, elapsed: f32, tau: f32): f32 {
  return min<f32>(samples / (samples + 1), decay(elapsed, tau));
}

/** The upper 24 of 32 random bits as a float in [0, 1). */
export function uniform(bits: u32): f32 {
  return ((bits >> 8) as f32) * (1.0 / 16777216.0);
}

/** A well-mixed 32-bit hash of two words (the finaliser of MurmurHash3): random bits for the n-th draw. */
export function mix(a: u32, b: u32): u32 {
  let h = a ^ (b * 0x9e3779b9);
  h = (h ^ (h >> 16)) * 0x85ebca6b;
  h = (h ^ (h >> 13)) * 0xc2b2ae35;
  return h ^ (h >> 16);
}

const FNV_OFFSET: u32 = 0x811c9dc5;
const FNV_PRIME: u32 = 0x01000193;

/** FNV-1a, 32 bits, over `length` bytes. */
export function fnv1a(bytes: usize, length: i32): u32 {
  return fnv1aFrom(FNV_OFFSET, bytes, length);
}

/** The same, going on from an earlier hash. */
export function fnv1aFrom(seed: u32, bytes: usize, length: i32): u32 {
  let hash = seed;
  for (let i = 0; i < length; i++) hash = (hash ^ load<u8>(bytes + i)) * FNV_PRIME;
  return hash;
}
