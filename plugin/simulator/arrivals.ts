// When requests arrive: a non-homogeneous Poisson process, by thinning (Lewis and Shedler, Simulation of nonhomogeneous
// Poisson processes by thinning, 1979): candidates at a rate that bounds that of the pattern, kept with probability
// rate(t) / bound. The bound is one of a phase: at the highest rate of all, a long quiet phase would be nothing but
// candidates that are not kept.
import { Alternating } from './alternating';
import { Stream, derive, exponential, unit } from './random';

export const enum PatternKind {
  Steady,
  Burst,
  Diurnal,
  Ramp,
  Trace,
}

/** Load over time, relative to the rate that `utilisation` asks for. Times in seconds, which must not decrease. */
export class Pattern {
  /** The rate does not pass `bound` before `boundUntil`, as `boundFrom` found them. */
  bound: f64 = 1;
  boundUntil: f64 = Infinity;
  private burst: Alternating;
  private mean: f64 = 1;

  /**
   * `a`, `b`, `c`: factor, share and meanSeconds of a burst; amplitude and periodSeconds of a day; from, to and seconds
   * of a ramp; stepSeconds of a trace.
   */
  constructor(
    private kind: PatternKind,
    private a: f64,
    private b: f64,
    private c: f64,
    private rates: StaticArray<f64>,
    stream: Stream,
  ) {
    // Time off so that the share of time on is `b`.
    this.burst = new Alternating(stream, c, (c * (1 - b)) / b);
    if (kind == PatternKind.Diurnal) this.bound = 1 + a;
    else if (kind == PatternKind.Ramp) this.bound = max(a, b);
    else if (kind == PatternKind.Trace) this.relateRates();
  }

  /** Rates relative to their own mean, so a recording in requests per second can be pasted. */
  private relateRates(): void {
    let sum: f64 = 0;
    for (let i = 0; i < this.rates.length; i++) sum += this.rates[i];
    this.mean = sum / (this.rates.length as f64);
  }

  /** The rate between bursts, which keeps the mean at 1. */
  private quiet(): f64 {
    return max<f64>(0, (1 - this.b * this.a) / (1 - this.b));
  }

  /** Finds the bound from a time on: a burst, the time between two and a step of a trace are phases. */
  boundFrom(seconds: f64): void {
    if (this.kind == PatternKind.Burst) {
      this.bound = this.at(seconds);
      this.boundUntil = this.burst.until;
    } else if (this.kind == PatternKind.Trace) {
      this.bound = this.at(seconds);
      this.boundUntil = (Math.floor(seconds / this.a) + 1) * this.a;
      // Rounding may put the end of a step before what divides into the next one.
      if (this.boundUntil <= seconds) this.boundUntil += this.a;
    }
  }

  at(seconds: f64): f64 {
    switch (this.kind) {
      case PatternKind.Burst:
        return this.burst.at(seconds) ? this.a : this.quiet();
      case PatternKind.Diurnal:
        return 1 + this.a * Math.sin((2 * Math.PI * seconds) / this.b);
      case PatternKind.Ramp:
        return this.a + (this.b - this.a) * min<f64>(1, seconds / this.c);
      case PatternKind.Trace: {
        // It repeats at its end.
        const step = Math.floor(seconds / this.a) as i64;
        return unchecked(this.rates[(step % (this.rates.length as i64)) as i32]) / this.mean;
      }
      default:
        return 1;
    }
  }
}

export class Arrivals {
  private candidates: Stream;
  /** Time of the last arrival, seconds. */
  private seconds: f64 = 0;

  /** `rate`: requests a second where the pattern's relative rate is 1. */
  constructor(
    private rate: f64,
    private pattern: Pattern,
    key: u64,
  ) {
    this.candidates = new Stream(derive(key, 0));
  }

  /** Seconds from the start to the next arrival. */
  next(): f64 {
    const pattern = this.pattern;
    let seconds = this.seconds;
    for (;;) {
      pattern.boundFrom(seconds);
      const until = pattern.boundUntil;
      seconds += exponential(this.candidates.next(), 1 / (this.rate * pattern.bound));
      // A candidate beyond the phase (no number in one without requests) is none: the next phase begins anew.
      if (until < Infinity && !(seconds < until)) seconds = until;
      else if (!(unit(this.candidates.next()) * pattern.bound >= pattern.at(seconds))) break;
    }
    this.seconds = seconds;
    return seconds;
  }
}
