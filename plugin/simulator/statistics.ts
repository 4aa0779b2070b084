// What is counted of a run. Areas are integrals over time, so that Little's law can be checked on every run.
import { Histogram } from './histogram';
import { Ending } from './job';
import { START_MS } from './state';

export class Statistics {
  /** Of the requests that count: how they ended, latencies of those answered or timed out. */
  endings: StaticArray<i32> = new StaticArray<i32>(Ending.Timeout + 1);
  latencies: Histogram = new Histogram();
  latencySum: f64 = 0;
  latencySquares: f64 = 0;
  /** When the first one arrived and the last one ended, ms. */
  from: f64 = Infinity;
  to: f64 = 0;

  /** Of all requests at the entry: arrived, ended, time from arrival to end, integral of those between. */
  arrived: i32 = 0;
  ended: i32 = 0;
  sojournSum: f64 = 0;
  private inSystemArea: f64 = 0;
  private inSystemAt: f64 = START_MS;

  probes: i32 = 0;
  /** Samples of the spread of utilisation, and their sums. */
  spreads: i32 = 0;
  cpuSpread: f64 = 0;
  memorySpread: f64 = 0;
  /** Seconds compared with the one before, and the sum of the shares that moved. */
  comparisons: i32 = 0;
  moved: f64 = 0;

  /** The integral up to now. */
  inSystemAreaAt(now: f64): f64 {
    return this.inSystemArea + ((this.arrived - this.ended) as f64) * (now - this.inSystemAt);
  }

  private advance(now: f64): void {
    this.inSystemArea = this.inSystemAreaAt(now);
    this.inSystemAt = now;
  }

  arrive(counted: bool, now: f64): void {
    this.advance(now);
    this.arrived++;
    if (counted) this.from = min(this.from, now);
  }

  end(counted: bool, ending: Ending, latency: f64, now: f64): void {
    this.advance(now);
    this.ended++;
    this.sojournSum += latency;
    if (!counted) return;
    this.to = now;
    unchecked(this.endings[ending]++);
    if (ending != Ending.Answered && ending != Ending.Timeout) return;
    this.latencies.add(latency);
    this.latencySum += latency;
    this.latencySquares += latency * latency;
  }
}
