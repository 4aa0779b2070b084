// When requests arrive: a non-homogeneous Poisson process, by thinning (Lewis and Shedler, Simulation of nonhomogeneous
// Poisson processes by thinning, 1979): candidates at the highest rate, kept with probability rate(t) / highest.
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
  /** Upper bound of `at`. */
  highest: f64 = 1;
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
    if (kind == PatternKind.Burst) this.highest = max(a, this.quiet());
    else if (kind == PatternKind.Diurnal) this.highest = 1 + a;
    else if (kind == PatternKind.Ramp) this.highest = max(a, b);
    else if (kind == PatternKind.Trace) this.highest = this.relateRates();
  }

  /** Rates relative to their own mean, so a recording in requests per second can be pasted; returns the highest. */
  private relateRates(): f64 {
    let sum: f64 = 0;
    let most: f64 = 0;
    for (let i = 0; i < this.rates.length; i++) {
      sum += this.rates[i];
      most = max(most, this.rates[i]);
    }
    this.mean = sum / (this.rates.length as f64);
    return most / this.mean;
  }

  /** The rate between bursts, which keeps the mean at 1. */
  private quiet(): f64 {
    return (1 - this.b * this.a) / (1 - this.b);
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
  private meanGap: f64;
  /** Time of the last arrival, seconds. */
  private seconds: f64 = 0;

  /** `rate`: requests a second where the pattern's relative rate is 1. */
  constructor(
    rate: f64,
    private pattern: Pattern,
    key: u64,
  ) {
    this.candidates = new Stream(derive(key, 0));
    this.meanGap = 1 / (rate * pattern.highest);
  }

  /** Seconds from the start to the next arrival. */
  next(): f64 {
    const highest = this.pattern.highest;
    let seconds = this.seconds;
    do {
      seconds += exponential(this.candidates.next(), this.meanGap);
    } while (unit(this.candidates.next()) * highest >= this.pattern.at(seconds));
    this.seconds = seconds;
    return seconds;
  }
}
