// Seeded random numbers: xoshiro128** 1.1 by Blackman and Vigna (https://prng.di.unimi.it/xoshiro128starstar.c, public
// domain), its state filled by SplitMix64 (https://prng.di.unimi.it/splitmix64.c) as its authors advise.

export interface Random {
  /** Uniform in [0, 1), 53 bits. */
  next(): number;
  /** Uniform integer in 0 .. n-1, n <= 2^32. */
  int(n: number): number;
  /**
   * An independent stream named by `label`. It depends on the seed and the label only, not on how many numbers were
   * drawn, so that one more draw in one place does not change the others (common random numbers).
   */
  fork(label: string): Random;
}

const MASK64 = (1n << 64n) - 1n;

function splitMix64(state: bigint): () => bigint {
  return () => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK64;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK64;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK64;
    return z ^ (z >> 31n);
  };
}

/** FNV-1a, 64 bits (http://www.isthe.com/chongo/tech/comp/fnv/). */
function fnv1a64(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(text)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & MASK64;
  return hash;
}

class Xoshiro128 implements Random {
  readonly #seed: bigint;
  readonly #s = new Uint32Array(4);

  constructor(seed: bigint) {
    this.#seed = seed & MASK64;
    const fill = splitMix64(this.#seed);
    for (const i of [0, 2]) {
      const word = fill();
      this.#s[i] = Number(word & 0xffffffffn);
      this.#s[i + 1] = Number(word >> 32n);
    }
  }

  #uint32(): number {
    const s = this.#s;
    const [s0, s1, s2, s3] = s as unknown as [number, number, number, number];
    const x = Math.imul(s1, 5);
    const result = Math.imul((x << 7) | (x >>> 25), 9) >>> 0;
    const t2 = s2 ^ s0;
    const t3 = s3 ^ s1;
    s[1] = s1 ^ t2;
    s[0] = s0 ^ t3;
    s[2] = t2 ^ (s1 << 9);
    s[3] = (t3 << 11) | (t3 >>> 21);
    return result;
  }

  next(): number {
    const high = this.#uint32() >>> 5;
    const low = this.#uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  int(n: number): number {
    return Math.floor(this.next() * n);
  }

  fork(label: string): Random {
    return new Xoshiro128(splitMix64(this.#seed ^ fnv1a64(label))());
  }
}

/** A generator for `seed`, a whole number. The same seed gives the same numbers on every machine. */
export function createRandom(seed: number): Random {
  return new Xoshiro128(BigInt(Math.trunc(seed)));
}
