// The step from a gradient to better parameters, with its moments in the memory that all workers share.

/**
 * Adam (Kingma and Ba, 2015) with its usual constants; RMSProp is what A3C was published with (Mnih et al., 2016, section
 * 4); plain gradient descent for tables, whose gradients are steps already.
 */
export const OPTIMISERS = ['adam', 'rmsprop', 'sgd'] as const;
export type Optimiser = (typeof OPTIMISERS)[number];

const BETA1 = 0.9;
const BETA2 = 0.999;
const DECAY = 0.99;
const EPSILON = 1e-8;
/** Of RMSProp, inside the root. */
const RMS_EPSILON = 1e-6;

/** Shared by all workers. `steps` holds the number of steps taken so far. */
export interface OptimiserState {
  readonly first: Float32Array;
  readonly second: Float32Array;
  readonly steps: Int32Array;
}

/** Shortens the gradient to `most` where it is longer; returns its length before. */
export function clipNorm(gradient: Float32Array, most: number): number {
  let squares = 0;
  for (const g of gradient) squares += g * g;
  const norm = Math.sqrt(squares);
  if (norm > most) for (let i = 0; i < gradient.length; i++) gradient[i]! *= most / norm;
  return norm;
}

/** Moves `parameters` against `gradient`. */
export function step(
  optimiser: Optimiser,
  parameters: Float32Array,
  gradient: Float32Array,
  { first, second, steps }: OptimiserState,
  learningRate: number,
): void {
  const t = ++steps[0]!;
  if (optimiser === 'sgd') {
    for (const [i, g] of gradient.entries()) parameters[i]! -= learningRate * g;
    return;
  }
  if (optimiser === 'rmsprop') {
    for (const [i, g] of gradient.entries()) {
      second[i] = DECAY * second[i]! + (1 - DECAY) * g * g;
      parameters[i]! -= (learningRate * g) / Math.sqrt(second[i] + RMS_EPSILON);
    }
    return;
  }
  const unbias1 = 1 - BETA1 ** t;
  const unbias2 = 1 - BETA2 ** t;
  for (const [i, g] of gradient.entries()) {
    first[i] = BETA1 * first[i]! + (1 - BETA1) * g;
    second[i] = BETA2 * second[i]! + (1 - BETA2) * g * g;
    parameters[i]! -= (learningRate * (first[i] / unbias1)) / (Math.sqrt(second[i] / unbias2) + EPSILON);
  }
}
