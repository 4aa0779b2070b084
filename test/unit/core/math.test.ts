import { describe, expect, it } from 'vitest';
import { chiSquare, chiSquareLimit, freshCore } from './support.js';

const core = freshCore();
/** Floats over the whole range of normal numbers: every exponent, mantissas dense near both ends. */
function* positives(): Generator<number> {
  for (let exponent = -126; exponent < 128; exponent++) {
    for (let k = 0; k < 256; k++) yield Math.fround(2 ** exponent * (1 + k / 256));
    yield Math.fround(2 ** exponent * (2 - 2 ** -23));
  }
}

describe('log2', () => {
  it('is within 2e-5 and one rounding of the logarithm over all normal floats', () => {
    for (const x of positives()) {
      const exact = Math.log2(x);
      const error = Math.abs(core.log2(x) - exact);
      if (error >= 2e-5 + Math.abs(exact) * 2 ** -24) expect.fail(`log2(${x}) is off by ${error}`);
    }
  });

  it('is exact at powers of two and about -127 at zero and below the normal floats', () => {
    for (let k = -126; k < 128; k++) expect(core.log2(2 ** k)).toBe(k);
    expect(core.log2(0)).toBe(-127);
    expect(core.log2(1e-40)).toBeCloseTo(-127, 0);
  });
});

describe('exp2', () => {
  it('has a relative error below 4e-6 between -126 and 126 and stays there outside', () => {
    for (let x = -126; x <= 126; x += 0.0137) {
      const exact = 2 ** Math.fround(x);
      expect(Math.abs(core.exp2(x) - exact) / exact).toBeLessThan(4e-6);
    }
    expect(core.exp2(1000)).toBe(2 ** 126);
    expect(core.exp2(Infinity)).toBe(2 ** 126);
    expect(core.exp2(-Infinity)).toBe(2 ** -126);
  });

  it('is exact at integers, grows with its argument and counts what is no number as the least', () => {
    for (let k = -126; k <= 126; k++) expect(core.exp2(k)).toBe(2 ** k);
    let last = 0;
    for (let x = -20; x < 20; x += 0.001) {
      const value = core.exp2(x);
      // Both errors together: a step of 0.001 is a factor of 1.0007.
      expect(value).toBeGreaterThan(last);
      last = value;
    }
    expect(core.exp2(NaN)).toBe(2 ** -126);
  });
});

describe('mix', () => {
  it('spreads consecutive counters evenly over the high and the low byte (chi-square, p = 1e-5)', () => {
    for (const other of [0, 1, 0xdeadbeef]) {
      const high = new Array<number>(256).fill(0);
      const low = new Array<number>(256).fill(0);
      for (let i = 0; i < 25_600; i++) {
        const h = core.mix(other, i);
        high[h >>> 24]! += 1;
        low[h & 255]! += 1;
      }
      expect(chiSquare(high)).toBeLessThan(chiSquareLimit(255));
      expect(chiSquare(low)).toBeLessThan(chiSquareLimit(255));
    }
  });

  it('changes half of the bits when one changes', () => {
    let flipped = 0;
    const trials = 2000;
    for (let i = 0; i < trials; i++) {
      let difference = core.mix(i, 7) ^ core.mix(i ^ (1 << (i % 32)), 7);
      for (; difference !== 0; difference &= difference - 1) flipped++;
    }
    // 64,000 fair coins: standard deviation 126, five of them.
    expect(Math.abs(flipped - 16 * trials)).toBeLessThan(5 * 127);
  });
});
