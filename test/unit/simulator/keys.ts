// The simulator's random bits from the other side: plugin/simulator/random.ts in plain arithmetic, and its inverse, so
// that a test can ask for the job that has given bits.

const MASK = (1n << 64n) - 1n;
const GOLDEN = 0x9e3779b97f4a7c15n;
const [FIRST, SECOND] = [0xbf58476d1ce4e5b9n, 0x94d049bb133111ebn];

/** In the order of `Draw` in plugin/simulator/service.ts. */
export const DRAWS = { class: 0n, size: 1n, proxy: 2n, worker: 3n } as const;

export function mix64(x: bigint): bigint {
  let z = ((x ^ (x >> 30n)) * FIRST) & MASK;
  z = ((z ^ (z >> 27n)) * SECOND) & MASK;
  return z ^ (z >> 31n);
}

/** The bits that a key has for a purpose. */
export function derive(key: bigint, label: bigint): bigint {
  return mix64((key + (label + 1n) * GOLDEN) & MASK);
}

/** The key that has these bits for a purpose. */
export function keyWith(bits: bigint, label: bigint): bigint {
  let z = unshift(bits, 31n);
  z = unshift((z * inverse(SECOND)) & MASK, 27n);
  z = unshift((z * inverse(FIRST)) & MASK, 30n);
  return (z - (label + 1n) * GOLDEN) & MASK;
}

/** As `Workload` writes a key. */
export const hex = (key: bigint): string => key.toString(16).padStart(16, '0');

/** A uniform index below `count`, from the upper half of the bits. */
export const index = (bits: bigint, count: number): number => Number(((bits >> 32n) * BigInt(count)) >> 32n);

/** Undoes x ^ (x >> by). */
function unshift(x: bigint, by: bigint): bigint {
  let z = x;
  for (let shift = by; shift < 64n; shift += by) z = x ^ (z >> by);
  return z;
}

/** Of an odd number modulo 2^64, by Newton's iteration: each step doubles the bits that are right. */
function inverse(odd: bigint): bigint {
  let x = odd;
  for (let step = 0; step < 6; step++) x = (x * (2n - ((odd * x) & MASK))) & MASK;
  return x & MASK;
}
