// Random numbers of the simulator. What chance says of a job is a function of the job's key and of what is drawn, not of
// how many numbers were drawn before: so every policy gets the same arrivals and jobs (common random numbers).

const GOLDEN: u64 = 0x9e3779b97f4a7c15;

/** SplitMix64's finaliser (Steele, Lea and Flood, 2014): 64 well-mixed bits of a word. */
export function mix64(x: u64): u64 {
  let z = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

/** The bits of `key` for the purpose `label`; also the key of a child. */
export function derive(key: u64, label: u64): u64 {
  return mix64(key + (label + 1) * GOLDEN);
}

/** A uniform number in [0, 1) from the upper 53 bits. */
export function unit(bits: u64): f64 {
  return ((bits >> 11) as f64) * (1.0 / 9007199254740992.0);
}

/** Exponential with the given mean. */
export function exponential(bits: u64, mean: f64): f64 {
  return -Math.log(1 - unit(bits)) * mean;
}

/** A uniform index below `count`, without division (Lemire's multiplication on the upper 32 bits). */
export function index(bits: u64, count: i32): i32 {
  return (((bits >> 32) * (count as u64)) >> 32) as i32;
}

/** Numbers one after the other (SplitMix64), for what happens once and in order. */
export class Stream {
  constructor(private state: u64) {}

  next(): u64 {
    this.state += GOLDEN;
    return mix64(this.state);
  }
}

/** 2^-54: half of what lies between two numbers of `unit`, which may be 0 while a probability here may not. */
const HALF_STEP: f64 = 1.0 / 18014398509481984.0;

/**
 * Standard normal by inversion: Wichura's algorithm AS 241, PPND7 (Applied Statistics 37, 1988), relative error 1e-7.
 * One uniform number a normal one, and four times out of five no logarithm.
 */
export function normal(bits: u64): f64 {
  const p = unit(bits) + HALF_STEP;
  const q = p - 0.5;
  if (Math.abs(q) <= 0.425) {
    const r = 0.180625 - q * q;
    return (
      (q * (((59.10937472 * r + 159.29113202) * r + 50.434271938) * r + 3.3871327179)) /
      (((67.1875636 * r + 78.757757664) * r + 17.895169469) * r + 1)
    );
  }
  // The greatest p rounds to 1.
  const tail = q < 0 ? p : max<f64>(1 - p, HALF_STEP);
  let r = Math.sqrt(-Math.log(tail));
  let z: f64;
  if (r <= 5) {
    r -= 1.6;
    z =
      (((0.17023821103 * r + 1.3067284816) * r + 2.75681539) * r + 1.4234372777) /
      ((0.12021132975 * r + 0.7370016425) * r + 1);
  } else {
    r -= 5;
    z =
      (((0.017337203997 * r + 0.42868294337) * r + 3.081226386) * r + 6.657905115) /
      ((0.012258202635 * r + 0.24197894225) * r + 1);
  }
  return q < 0 ? -z : z;
}
