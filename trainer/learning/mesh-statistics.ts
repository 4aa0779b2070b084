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
  /** Mean measured cost of the choices. */
  readonly cost = new Map<number, RunningMean>();

  latencyOf(service: number): RunningMean {
    return meanOf(this.latency, service);
  }

  costOf(service: number): RunningMean {
    return meanOf(this.cost, service);
  }
}

function meanOf(means: Map<number, RunningMean>, service: number): RunningMean {
  let mean = means.get(service);
  if (!mean) means.set(service, (mean = new RunningMean()));
  return mean;
}
