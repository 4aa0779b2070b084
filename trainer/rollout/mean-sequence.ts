// A confidence sequence for a difference of means: an interval that holds at all times at once, so that one may look and
// stop whenever one likes (Robbins 1970; Howard, Ramdas, McAuliffe, Sekhon 2021).

/** Of the normal mixture, in squared units: the interval is tightest where the variance added up is about 9 times this. */
const RHO = 200;

/**
 * Of the mean latency in octaves, candidate less current, paired by stratum with the weights of Mantel and Haenszel.
 * The variance is estimated, so that it holds from some tens of requests on and not exactly (asymptotic confidence
 * sequences: Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024); RHO keeps the interval wide until then.
 */
export class MeanDifference {
  #sum = 0;
  #weight = 0;
  #variance = 0;

  /** @param bins octave, requests of both arms, of the candidate */
  add(bins: readonly (readonly [octave: number, both: number, candidate: number])[]): void {
    let [n, m, all, own, squares] = [0, 0, 0, 0, 0];
    for (const [octave, both, candidate] of bins) {
      n += both;
      m += candidate;
      all += octave * both;
      own += octave * candidate;
      squares += octave * octave * both;
    }
    if (m === 0 || m === n) return;
    const weight = (m * (n - m)) / n;
    this.#sum += weight * (own / m - (all - own) / (n - m));
    this.#weight += weight;
    this.#variance += (weight * Math.max(0, squares - (all * all) / n)) / (n - 1);
  }

  /** Estimate, and the interval that contains the truth at all times with probability 1 - alpha. */
  at(alpha: number): { readonly value: number; readonly low: number; readonly high: number } {
    if (this.#weight === 0) return { value: 0, low: -Infinity, high: Infinity };
    const value = this.#sum / this.#weight;
    const spread = this.#variance + RHO;
    const half = Math.sqrt(spread * Math.log(spread / (RHO * alpha * alpha))) / this.#weight;
    return { value, low: value - half, high: value + half };
  }
}
