// Distributions of service times with a mean of 1.
import type { ServiceTime } from '../../environment/schema.js';
import { digits } from './series.js';

export type Shape =
  | { readonly kind: 'exponential' | 'deterministic' }
  | { readonly kind: 'lognormal'; readonly sigma: number }
  | { readonly kind: 'pareto'; readonly alpha: number }
  /** Equally likely, with a mean of 1. */
  | { readonly kind: 'empirical'; readonly samples: readonly number[] };

/** As a scenario says it. */
export function serviceTime(shape: Shape, meanMs: number): ServiceTime {
  switch (shape.kind) {
    case 'empirical':
      return { kind: 'empirical', samplesMs: shape.samples.map((sample) => digits(sample * meanMs, 4)) };
    default:
      return { ...shape, meanMs };
  }
}

/** @param q 0 to 1, both exclusive */
export function shapeQuantile(shape: Shape, q: number): number {
  switch (shape.kind) {
    case 'exponential':
      return -Math.log(1 - q);
    case 'deterministic':
      return 1;
    case 'lognormal':
      return Math.exp(shape.sigma * normalQuantile(q) - shape.sigma ** 2 / 2);
    case 'pareto':
      return ((shape.alpha - 1) / shape.alpha) * (1 - q) ** (-1 / shape.alpha);
    case 'empirical':
      return shape.samples[Math.min(shape.samples.length - 1, Math.floor(q * shape.samples.length))]!;
  }
}

/** Tukey's lambda approximation: off by less than 0.003 for q in 0.001 to 0.999. */
function normalQuantile(q: number): number {
  return 4.91 * (q ** 0.14 - (1 - q) ** 0.14);
}
