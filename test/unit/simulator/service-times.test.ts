// How long jobs take: the distribution function of each kind at bits that the test chooses, and what a run makes of it
// where nothing waits.
import { describe, expect, it } from 'vitest';
import type { ServiceTime } from '../../../trainer/environment/scenario.js';
import { Workload } from '../../../trainer/environment/workload.js';
import { derive, DRAWS, hex, keyWith } from './keys.js';
import { compiled, run, textbook, Z } from './support.js';

const MEAN_MS = 10;
const workload = (serviceTime: object) => new Workload(compiled, textbook({ serviceTime }));
/** Size of the job whose uniform number is that of the bits: their upper 53, in [0, 1). */
const sizeAt = (from: Workload, bits: bigint) => from.job('api', hex(keyWith(bits, DRAWS.size))).ms;
const bitsOf = (uniform: number) => BigInt(Math.floor(uniform * 2 ** 53)) << 11n;
const LOWEST = 0n;
const HIGHEST = (1n << 64n) - 1n;

/** Upper tail of the standard normal: erfc by its continued fraction, or the series of the lower half (A&S 7.1). */
function upperTail(z: number): number {
  if (z > 2.5) {
    let fraction = 0;
    for (let k = 200; k > 0; k--) fraction = k / (z + fraction);
    return Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI) / (z + fraction);
  }
  let term = z;
  let series = z;
  for (let k = 1; k < 200; k++) series += term *= z ** 2 / (2 * k + 1);
  return 0.5 - (Math.exp(-(z ** 2) / 2) / Math.sqrt(2 * Math.PI)) * series;
}

/** By halving: slow, and not by the formula that the simulator uses. */
function normalQuantile(p: number): number {
  if (p < 0.5) return -normalQuantile(1 - p);
  let [low, high] = [0, 40];
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (upperTail(middle) > 1 - p) low = middle;
    else high = middle;
  }
  return low;
}

const SIGMA = 1.3;
const ALPHA = 2.5;
const CONTINUOUS: [ServiceTime, (p: number) => number][] = [
  [{ kind: 'exponential', meanMs: MEAN_MS }, (p) => -MEAN_MS * Math.log1p(-p)],
  [
    { kind: 'lognormal', meanMs: MEAN_MS, sigma: SIGMA },
    (p) => MEAN_MS * Math.exp(SIGMA * normalQuantile(p) - SIGMA ** 2 / 2),
  ],
  [
    { kind: 'pareto', meanMs: MEAN_MS, alpha: ALPHA },
    (p) => ((MEAN_MS * 1.5) / 2.5) * (1 - p) ** (-1 / ALPHA),
  ],
];
// Up to where 1 - p itself has lost digits.
const PROBABILITIES = [1e-9, 1e-4, 0.01, 0.07, 0.0751, 0.3, 0.5, 0.7, 0.925, 0.99, 0.999, 0.99999, 1 - 1e-9];

describe('the bits of a key', () => {
  it('can be undone', () => {
    for (const bits of [LOWEST, 1n, 0x123456789abcdefn, HIGHEST])
      expect(derive(keyWith(bits, DRAWS.size), DRAWS.size)).toBe(bits);
  });
});

describe.each(CONTINUOUS)('the size of a job: %o', (serviceTime, quantile) => {
  it('is the quantile of its uniform number', () => {
    const from = workload(serviceTime);
    for (const p of PROBABILITIES) {
      const uniform = Math.floor(p * 2 ** 53) / 2 ** 53;
      // AS 241 promises seven digits of the normal quantile.
      expect(sizeAt(from, bitsOf(p)) / quantile(uniform) - 1).toBeCloseTo(0, 5);
    }
  });

  it('is finite and not negative whatever the bits', () => {
    for (const bits of [LOWEST, 1n << 11n, HIGHEST - (1n << 11n), HIGHEST, bitsOf(0.5)]) {
      const size = sizeAt(workload(serviceTime), bits);
      expect(Number.isFinite(size)).toBe(true);
      expect(size).toBeGreaterThanOrEqual(0);
    }
  });
});

describe('a run in which nothing waits', () => {
  const N = 100_000;
  const of = (serviceTime: object, more: object = {}) =>
    run(
      textbook(
        { serviceTime, endpoints: [{ workers: 1000 }], ...more },
        {
          requests: N,
          warmup: 0,
          load: { utilisation: 0.1 },
        },
      ),
    );

  it.each(CONTINUOUS)('has the quantiles of %o', (serviceTime, quantile) => {
    const result = of(serviceTime);
    for (const [q, value] of [
      [0.5, result.p50Ms],
      [0.9, result.p90Ms],
      [0.99, result.p99Ms],
      [0.999, result.p999Ms],
    ] as const) {
      // The share of a sample below a value is binomial: a quantile lies between those of shares that are as far apart,
      // and its bin is half a percent wide.
      const slack = Z * Math.sqrt((q * (1 - q)) / N);
      expect(value).toBeGreaterThan(quantile(q - slack) / 1.005);
      expect(value).toBeLessThan(quantile(q + slack) * 1.005);
    }
  });

  it('has the mean whatever the kind', () => {
    // Variation squared: of Pareto 1 / (alpha (alpha - 2)), of the samples 50 / 100.
    const kinds: [ServiceTime, number][] = [
      [{ kind: 'exponential', meanMs: MEAN_MS }, 1],
      [{ kind: 'lognormal', meanMs: MEAN_MS, sigma: 1 }, Math.E - 1],
      [{ kind: 'pareto', meanMs: MEAN_MS, alpha: 5 }, 1 / 15],
      [{ kind: 'empirical', samplesMs: [5, 5, 20] }, 0.5],
    ];
    for (const [serviceTime, variation] of kinds) {
      const slack = Z * MEAN_MS * Math.sqrt(variation / N);
      expect(Math.abs(of(serviceTime).meanMs - MEAN_MS)).toBeLessThan(slack);
    }
    expect(of({ kind: 'deterministic', meanMs: MEAN_MS }).meanMs).toBeCloseTo(MEAN_MS, 6);
    expect(of({ kind: 'lognormal', meanMs: MEAN_MS, sigma: 0 }).meanMs).toBeCloseTo(MEAN_MS, 6);
  });

  it('draws each sample of an empirical time equally often, however many there are', () => {
    const samplesMs = Array.from({ length: 20_000 }, (_, i) => i + 1);
    const result = of({ kind: 'empirical', samplesMs });
    // A discrete uniform: mean (n + 1) / 2, variance (n^2 - 1) / 12.
    expect(Math.abs(result.meanMs - 10_000.5)).toBeLessThan(Z * Math.sqrt((20_000 ** 2 - 1) / 12 / N));
    expect(Math.abs(result.p90Ms / 18_000 - 1)).toBeLessThan(0.0051 + (Z * Math.sqrt(0.09 / N)) / 0.9);
  });

  it('has classes in their shares, each with its factor of the mean', () => {
    const classes = [
      { path: '/cheap', share: 0.8, factor: 1 },
      { path: '/dear', share: 0.2, factor: 6 },
    ];
    // Their mean is 2, so that the jobs take 5 and 30 ms.
    const result = of({ kind: 'deterministic', meanMs: MEAN_MS }, { classes });
    expect(Math.abs(result.meanMs - MEAN_MS)).toBeLessThan(Z * 25 * Math.sqrt((0.2 * 0.8) / N));
    expect(Math.abs(result.p50Ms / 5 - 1)).toBeLessThan(0.0051);
    expect(Math.abs(result.p90Ms / 30 - 1)).toBeLessThan(0.0051);
  });
});
