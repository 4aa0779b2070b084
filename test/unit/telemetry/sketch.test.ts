import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  BINS,
  LatencySketch,
  binOf,
  edgeOf,
  middleOf,
  pack,
  type SparseBins,
} from '../../../trainer/telemetry/sketch.js';

/** Latencies within the bins' range, 1/16 ms to about 65 s. */
const latencies = fc.array(fc.double({ min: 0.0625, max: 60_000, noNaN: true }), {
  minLength: 1,
  maxLength: 60,
});
const quantile = fc.double({ min: 0, max: 1, noNaN: true });
const anyBins = fc.array(fc.tuple(fc.nat(BINS - 1), fc.nat(1000)), { maxLength: 20 });

function binsOf(values: readonly number[]): SparseBins {
  return values.map((value) => [binOf(value), 1]);
}
function sketchOf(...parts: SparseBins[]): LatencySketch {
  const sketch = new LatencySketch();
  for (const bins of parts) sketch.add(bins);
  return sketch;
}
const QUANTILES = [0, 0.1, 0.5, 0.9, 0.99, 1];
const quantiles = (sketch: LatencySketch) => QUANTILES.map((q) => sketch.quantile(q));

describe('a latency sketch', () => {
  it('puts every latency between the edges of its bin, the contract’s 2^(i/8 - 4) ms', () => {
    expect([edgeOf(0), edgeOf(8), edgeOf(32), edgeOf(160)]).toEqual([0.0625, 0.125, 1, 65536]);
    for (let bin = 0; bin < BINS; bin++) expect(binOf(middleOf(bin))).toBe(bin);
    fc.assert(
      fc.property(fc.double({ min: 0.0625, max: 65_000, noNaN: true }), (ms) => {
        expect(edgeOf(binOf(ms))).toBeLessThanOrEqual(ms * (1 + 1e-12));
        expect(edgeOf(binOf(ms) + 1)).toBeGreaterThan(ms * (1 - 1e-12));
      }),
    );
  });

  it('keeps what is below and above its range in the outer bins', () => {
    expect([0, 0.001, 65_536, 1e9].map(binOf)).toEqual([0, 0, BINS - 1, BINS - 1]);
  });

  it('gives any quantile within half a bin of the exact one', () => {
    fc.assert(
      fc.property(latencies, quantile, (values, q) => {
        const sorted = [...values].sort((a, b) => a - b);
        const exact = sorted[Math.max(1, Math.ceil(q * sorted.length)) - 1]!;
        const ratio = sketchOf(binsOf(values)).quantile(q)! / exact;
        expect(Math.abs(Math.log2(ratio))).toBeLessThanOrEqual(1 / 16 + 1e-9);
      }),
    );
  });

  it('merges to the sketch of all samples, in any order', () => {
    fc.assert(
      fc.property(anyBins, anyBins, (a, b) => {
        const merged = sketchOf(a);
        merged.merge(sketchOf(b));
        expect(merged.count).toBe(sketchOf(b, a).count);
        expect(quantiles(merged)).toEqual(quantiles(sketchOf(b, a)));
      }),
    );
  });

  it('counts a part by its weight', () => {
    const sketch = sketchOf([[40, 10]]);
    sketch.addPacked(pack([[80, 1000]]), 0.001);
    expect(sketch.count).toBeCloseTo(11, 9);
    expect(sketch.quantile(0.9)).toBe(middleOf(40));
    expect(sketch.quantile(0.95)).toBe(middleOf(80));
  });

  it('has quantiles among its samples, however little they weigh', () => {
    for (const weight of [0.001, 0.3, 0.98, 1.7]) {
      const sketch = new LatencySketch();
      sketch.addPacked(pack([[40, 10]]), weight / 10);
      expect([0, 0.5, 0.99, 1].map((q) => sketch.quantile(q))).toEqual(Array(4).fill(middleOf(40)));
    }
  });

  it('has no quantile without samples', () => {
    expect(new LatencySketch().quantile(0.5)).toBeUndefined();
  });
});
