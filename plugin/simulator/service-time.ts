// How long a job takes on a slot of speed 1, in ms: the kinds of a scenario's `serviceTime`.
import { exponential, index, normal, unit } from './random';

export const enum ServiceTimeKind {
  Exponential,
  Lognormal,
  Pareto,
  Deterministic,
  Empirical,
}

export class ServiceTime {
  /** Mean of the logarithm, for lognormal; minimum, for Pareto. */
  private base: f64 = 0;

  /** `shape`: sigma of a lognormal, alpha of a Pareto distribution; `samples`: those of an empirical one. */
  constructor(
    private kind: ServiceTimeKind,
    private mean: f64,
    private shape: f64,
    private samples: StaticArray<f64>,
  ) {
    // The mean of exp(N(mu, sigma)) is exp(mu + sigma^2 / 2); that of Pareto minimum x alpha / (alpha - 1).
    if (kind == ServiceTimeKind.Lognormal) this.base = Math.log(mean) - (shape * shape) / 2;
    else this.base = (mean * (shape - 1)) / shape;
  }

  draw(bits: u64): f64 {
    switch (this.kind) {
      case ServiceTimeKind.Exponential:
        return exponential(bits, this.mean);
      case ServiceTimeKind.Lognormal:
        return Math.exp(this.base + this.shape * normal(bits));
      case ServiceTimeKind.Pareto:
        return this.base * Math.exp(-Math.log(1 - unit(bits)) / this.shape);
      case ServiceTimeKind.Deterministic:
        return this.mean;
      default:
        return unchecked(this.samples[index(bits, this.samples.length)]);
    }
  }
}
