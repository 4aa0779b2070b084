// Judges a candidate against the current model on live requests, at any moment and as often as one likes: worse, safe, or
// not known yet. The mathematics are in e-process.ts and mean-sequence.ts, the measured figures in docs/rollout.md.
import { binOf, LatencySketch } from '../telemetry/sketch.js';
import { HarmEvidence, logMeanExp, RatioEvidence, type Scored } from './e-process.js';
import { MeanDifference } from './mean-sequence.js';
import { pooledBins, type Stratum } from './strata.js';

/** What the current model does: the past says it, for scores must not depend on what they judge. */
export interface Baseline {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface TestOptions {
  /** Probability of ever calling a candidate worse that makes no difference. */
  readonly alpha: number;
  /** Probability of ever calling a candidate safe that is not, for each of the three limits. */
  readonly beta: number;
  /** Limits of what is safe: how many times as often a request may be slow (above the current p99), .. */
  readonly slowRatio: number;
  /** .. how much more likely, 0 to 1, it may fail, .. */
  readonly errorsMore: number;
  /** .. and how many times as long the geometric mean latency may be. */
  readonly meanRatio: number;
}

export interface TestFigures {
  readonly verdict: 'worse' | 'safe' | 'undecided';
  /** What speaks most against the candidate. */
  readonly worst: keyof typeof SCORES;
  /** Requests and failures of the strata. */
  readonly candidate: { readonly requests: number; readonly errors: number };
  readonly current: { readonly requests: number; readonly errors: number };
  /** Evidence of harm as a share of what it takes: 1 and above is worse. Natural logarithms. */
  readonly harm: number;
  /** How many times as often as the current's the candidate's requests are above its p99; NaN where none is. */
  readonly slowRatio: number;
  /** Of the geometric mean latency, with its confidence sequence. */
  readonly meanRatio: { readonly value: number; readonly low: number; readonly high: number };
  /** Evidence for each limit as a share of what it takes. */
  readonly safety: { readonly slow: number; readonly errors: number; readonly mean: number };
}

/** Bins are eighths of an octave. */
const BINS_PER_OCTAVE = 8;
/** So many octaves above the median count fully, more not more: one stuck request must not decide. */
const EXCESS_OCTAVES = 4;

/** What a request that was answered can be too much of, 0 to 1; `errors` has its own counts. */
const SCORES = {
  errors: () => 0,
  slow: (bin: number, { p99Ms }: Baseline) => (bin > binOf(p99Ms) ? 1 : 0),
  /** More than twice the p99: a tail that is rarely longer but then by much. */
  verySlow: (bin: number, { p99Ms }: Baseline) => (bin > binOf(p99Ms) + BINS_PER_OCTAVE ? 1 : 0),
  /** The usual request. */
  latency: (bin: number, { p50Ms }: Baseline) =>
    Math.min(1, Math.max(0, bin - binOf(p50Ms)) / (EXCESS_OCTAVES * BINS_PER_OCTAVE)),
};
const NAMES = Object.keys(SCORES) as (keyof typeof SCORES)[];

/** Latencies that a baseline takes; with this many times as many as the last one had the test makes itself a new one. */
export const BASELINE_REQUESTS = 200;
const BASELINE_GROWTH = 2;

/** Differences so small do not matter, however sure they are: ratios of the share of slow requests and of the mean. */
const SLOW_TOLERANCE = 1.05;
const MEAN_TOLERANCE = 1.02;

/** Share of failures assumed of a current model without any. */
const LEAST_ERRORS = 1e-4;

export class SequentialTest {
  readonly #harm = Object.fromEntries(NAMES.map((name) => [name, new HarmEvidence()])) as Record<
    keyof typeof SCORES,
    HarmEvidence
  >;
  readonly #latencies = new LatencySketch();
  #baseline: Baseline | undefined;
  #baselineAt = BASELINE_REQUESTS;
  readonly #slow: RatioEvidence;
  readonly #mean = new MeanDifference();
  readonly #candidate = { requests: 0, errors: 0 };
  readonly #current = { requests: 0, errors: 0 };
  /** Logarithm of the evidence that the candidate's share of failures is below the current's plus the limit. */
  #fewErrors = 0;
  /** Sums of Mantel and Haenszel's estimate of a ratio. */
  #slowOwn = 0;
  #slowOther = 0;

  /** @param baseline from before the test; without one the first requests go into making it */
  constructor(
    private readonly options: TestOptions,
    baseline?: Baseline,
  ) {
    this.#baseline = baseline;
    this.#slow = new RatioEvidence(options.slowRatio);
  }

  add(stratum: Stratum): void {
    const { candidate, current } = stratum;
    const requests = candidate.requests + current.requests;
    if (requests === 0) return;
    this.#addErrors(candidate, current, candidate.requests / requests);
    if (this.#baseline) this.#addLatencies(stratum, this.#baseline);
    this.#latencies.add(current.latency);
    if (this.#latencies.count < this.#baselineAt) return;
    this.#baseline = baselineOf(this.#latencies) ?? this.#baseline;
    this.#baselineAt = BASELINE_GROWTH * this.#latencies.count;
  }

  #addLatencies(stratum: Stratum, baseline: Baseline): void {
    const { share, bins } = pooledBins(stratum);
    const scored = (of: (bin: number, baseline: Baseline) => number): Scored[] =>
      bins
        .map(([bin, both, own]) => ({ value: of(bin, baseline), both, candidate: own }))
        .filter(({ value }) => value > 0);
    const slow = scored(SCORES.slow);
    this.#harm.slow.add(share, slow);
    this.#harm.verySlow.add(share, scored(SCORES.verySlow));
    this.#harm.latency.add(share, scored(SCORES.latency));
    const both = slow.reduce((sum, value) => sum + value.both, 0);
    const own = slow.reduce((sum, value) => sum + value.candidate, 0);
    this.#slow.add(share, both, own);
    this.#slowOwn += own * (1 - share);
    this.#slowOther += (both - own) * share;
    this.#mean.add(bins.map(([bin, all, its]) => [bin / BINS_PER_OCTAVE, all, its]));
  }

  figures(): TestFigures {
    const { alpha, beta, meanRatio: limit } = this.options;
    const mean = this.#mean.at(beta);
    const slowRatio = this.#slowOwn / this.#slowOther;
    const ignored = {
      errors: false,
      slow: slowRatio < SLOW_TOLERANCE,
      verySlow: false,
      latency: mean.value < Math.log2(MEAN_TOLERANCE),
    };
    // To leave evidence out can only make alarms rarer.
    const logs = NAMES.map((name) => (ignored[name] ? -Infinity : this.#harm[name].log));
    const needed = -Math.log(beta);
    const harm = logMeanExp(logs) / -Math.log(alpha);
    const safety = {
      slow: this.#slow.log / needed,
      errors: this.#fewErrors / needed,
      // Distance of the upper bound: 1 where it is at the limit.
      mean: Number.isFinite(mean.high) ? Math.log2(limit) / Math.max(mean.high, 1e-9) : 0,
    };
    const isSafe = safety.slow >= 1 && safety.errors >= 1 && mean.high <= Math.log2(limit);
    return {
      verdict: harm >= 1 ? 'worse' : isSafe ? 'safe' : 'undecided',
      worst: NAMES[logs.indexOf(Math.max(...logs))]!,
      candidate: { ...this.#candidate },
      current: { ...this.#current },
      harm,
      slowRatio,
      meanRatio: { value: 2 ** mean.value, low: 2 ** mean.low, high: 2 ** mean.high },
      safety,
    };
  }

  /**
   * Null of the second part: the candidate fails with the current's share of failures plus the limit, or more; a
   * likelihood ratio against its being no worse. The current's share is what its requests so far say.
   */
  #addErrors(candidate: Stratum['candidate'], current: Stratum['current'], share: number): void {
    this.#harm.errors.add(share, [
      { value: 1, both: candidate.errors + current.errors, candidate: candidate.errors },
    ]);
    for (const [sums, arm] of [
      [this.#candidate, candidate],
      [this.#current, current],
    ] as const) {
      sums.requests += arm.requests;
      sums.errors += arm.errors;
    }
    const usual = Math.max(LEAST_ERRORS, this.#current.errors / Math.max(1, this.#current.requests));
    const limit = Math.min(1 - 1e-9, usual + this.options.errorsMore);
    const wins = candidate.requests - candidate.errors;
    this.#fewErrors += candidate.errors * Math.log(usual / limit);
    this.#fewErrors += wins * Math.log((1 - Math.min(usual, limit - 1e-9)) / (1 - limit));
  }
}

/** Undefined where too few requests were answered to know a p99. */
export function baselineOf(sketch: LatencySketch): Baseline | undefined {
  const [p50Ms, p99Ms] = [sketch.quantile(0.5), sketch.quantile(0.99)];
  if (sketch.count < BASELINE_REQUESTS || p50Ms === undefined || p99Ms === undefined) return undefined;
  return { p50Ms, p99Ms };
}

/** Alpha of the n-th test (from 1) of a rollout: they sum to `alpha`, whatever their number, restarts included. */
export const alphaOf = (alpha: number, n: number): number => alpha / (n * (n + 1));
