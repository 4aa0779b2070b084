// Running means of a mesh, by service: what latencies and advantages are measured against, so that a mesh of seconds
// counts as much as one of milliseconds.

/** Weight of one more sample at least. */
const GAIN = 0.01;

export class RunningMean {
  #value = 0;
  #samples = 0;

  /** NaN-free samples only; the first ones weigh the same. */
  add(sample: number): void {
    this.#samples++;
    this.#value += Math.max(GAIN, 1 / this.#samples) * (sample - this.#value);
  }

  get value(): number {
    return this.#value;
  }
}

export class MeshStatistics {
  /** Mean latency of the choices (ms), and variance of the cost under the policy. */
  readonly latency = new Map<number, RunningMean>();
  readonly variance = new RunningMean();

  latencyOf(service: number): RunningMean {
    let mean = this.latency.get(service);
    if (!mean) this.latency.set(service, (mean = new RunningMean()));
    return mean;
  }
}
