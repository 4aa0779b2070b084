// Are the values of one sketch larger than those of another? The rank test of Mann and Whitney (1947), with its correction
// for ties: it asks nothing of the shape of the distributions, and a few outliers do not move it.
import { BINS, type PackedBins } from '../sketch.js';

/** @returns standard deviations by which `a` lies above `b`; 0 where either is empty */
export function rankZ(a: PackedBins, b: PackedBins): number {
  const [as, bs] = [spread(a), spread(b)];
  let [nA, nB, wins, ties] = [0, 0, 0, 0];
  for (let bin = 0; bin < BINS; bin++) {
    const [inA, inB] = [as[bin]!, bs[bin]!];
    wins += inA * (nB + inB / 2);
    const tied = inA + inB;
    ties += tied ** 3 - tied;
    nA += inA;
    nB += inB;
  }
  const n = nA + nB;
  const variance = ((nA * nB) / 12) * (n + 1 - ties / (n * (n - 1)));
  return nA === 0 || nB === 0 || variance <= 0 ? 0 : (wins - (nA * nB) / 2) / Math.sqrt(variance);
}

function spread(packed: PackedBins): Float64Array {
  const bins = new Float64Array(BINS);
  for (let i = 0; i < packed.length; i += 2) bins[packed[i]!]! += packed[i + 1]!;
  return bins;
}
