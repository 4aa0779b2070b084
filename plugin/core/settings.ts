// What an operator may set (docs/contracts.md, plugin configuration); defaults are the contract's.

/** Bounds of a weight in multiples of the fair share 1/n. */
export class WeightBounds {
  min: f32 = 0;
  max: f32 = 256;
  /** Granularity and largest move of a weight a decision; 0 = free. */
  step: f32 = 0;
}

export class EjectionSettings {
  consecutiveErrors: i32 = 5;
  baseMs: f32 = 1000;
  maxMs: f32 = 60000;
  /** Largest share of the endpoints that may be ejected at a time. */
  maxShare: f32 = 0.5;
  /** With a smaller share of the endpoints available, all of them are used. */
  panicShare: f32 = 0.3;
  slowStartMs: f32 = 5000;
}
