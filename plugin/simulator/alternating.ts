// A process that is on or off for exponentially distributed times: bursts, and endpoints that slow down at random.
import { Stream, exponential, unit } from './random';

export class Alternating {
  on: bool;
  /** Time of the next change, in the unit of the means. */
  until: f64;

  /** It begins on with the probability of being on. */
  constructor(
    private stream: Stream,
    private meanOn: f64,
    private meanOff: f64,
  ) {
    this.on = unit(stream.next()) * (meanOn + meanOff) < meanOn;
    this.until = 0;
    this.until = this.phase();
  }

  private phase(): f64 {
    return exponential(this.stream.next(), this.on ? this.meanOn : this.meanOff);
  }

  /** Whether it is on at a time that does not decrease from call to call. */
  at(time: f64): bool {
    while (time >= this.until) this.change();
    return this.on;
  }

  change(): void {
    this.on = !this.on;
    this.until += this.phase();
  }
}
