// Evidence that grows with the data and may be looked at after every request: e-processes. One starts at 1, and under its
// null hypothesis the probability that it ever reaches 1/alpha is at most alpha (Ville's inequality; Robbins 1970).

/** Of a stratum: values that requests have, with how many of both arms have it, and how many of the candidate's. */
export interface Scored {
  /** 0 to 1, more is worse. */
  readonly value: number;
  readonly both: number;
  readonly candidate: number;
}

/** Logarithms of how much more often the candidate is tried to have a request of value 1: 1.3 to 20 times. */
const STRENGTHS = [0.25, 0.5, 1, 1.5, 2, 3];

/**
 * Evidence that the candidate's requests have higher values than the current model's in the same strata.
 *
 * Null: the arm of a request has no influence on its value. Then, of a stratum, the candidate's requests are a random
 * subset, a share q of all. Their indicators are negatively associated (Joag-Dev and Proschan 1983), so for values >= 0
 *   E exp(lambda sum of the candidate's values) <= product over all requests (1 + q (exp(lambda value) - 1)),
 * and the quotient of both sides, multiplied over the strata, is an e-process; exactly, however few or correlated the
 * requests are. For values 0 and 1 it is the likelihood ratio of a conditional binomial test, which over time is the safe
 * log-rank test (ter Schure et al. 2020). The average over strengths lambda is the mixture SPRT (Robbins 1970; Johari
 * et al. 2017).
 */
export class HarmEvidence {
  readonly #logs = STRENGTHS.map(() => 0);

  /** @param share of the stratum's requests that the candidate had, q */
  add(share: number, scored: readonly Scored[]): void {
    STRENGTHS.forEach((strength, i) => {
      for (const { value, both, candidate } of scored) {
        const exponent = strength * value;
        this.#logs[i]! += exponent * candidate - both * Math.log1p(share * Math.expm1(exponent));
      }
    });
  }

  /** Natural logarithm of the evidence. */
  get log(): number {
    return logMeanExp(this.#logs);
  }
}

/** Alternatives to a ratio of two: as good, better, a little worse. */
const RATIOS = [0.5, 0.8, 1, 1.2];

/**
 * Evidence that what happens to the candidate's requests happens less than `ratio` times as often as to the current's.
 * Null: `ratio` times or more. Of K that happen in a stratum each is then the candidate's with a chance of at least
 * q ratio / (1 + q (ratio - 1)), for rare ones; the likelihood ratio is monotone, so that the bound is the worst case.
 */
export class RatioEvidence {
  readonly #logs = RATIOS.map(() => 0);

  constructor(private readonly ratio: number) {}

  add(share: number, both: number, candidate: number): void {
    const atNull = Math.log1p(share * (this.ratio - 1));
    RATIOS.forEach((ratio, i) => {
      const atAlternative = Math.log1p(share * (ratio - 1));
      this.#logs[i]! += candidate * Math.log(ratio / this.ratio) - both * (atAlternative - atNull);
    });
  }

  get log(): number {
    return logMeanExp(this.#logs);
  }
}

/** Of the logarithms of e-processes that of their average, which is one too, however they depend on each other. */
export function logMeanExp(logs: readonly number[]): number {
  const most = Math.max(...logs);
  return most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0) / logs.length);
}
