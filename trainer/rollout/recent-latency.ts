// The current model's latencies of the last minute or two: what a stage compares with from its first request on.
import type { SparseBins } from '../telemetry/sketch.js';
import { LatencySketch } from '../telemetry/sketch.js';
import { baselineOf, type Baseline } from './sequential-test.js';

const WINDOW_MS = 60_000;

export class RecentLatency {
  #now = new LatencySketch();
  #before = new LatencySketch();
  #since = -Infinity;

  add(latency: SparseBins, now: number): void {
    if (now - this.#since >= WINDOW_MS) {
      this.#before = now - this.#since < 2 * WINDOW_MS ? this.#now : new LatencySketch();
      this.#now = new LatencySketch();
      this.#since = now;
    }
    this.#now.add(latency);
  }

  /** Undefined where there are too few. */
  baseline(): Baseline | undefined {
    const all = new LatencySketch();
    all.merge(this.#before);
    all.merge(this.#now);
    return baselineOf(all);
  }
}
