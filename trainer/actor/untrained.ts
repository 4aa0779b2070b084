// The model served until a learned one exists. Its output layer is zero, so that its score is exactly that of
// `ewma-full`: already better than what ships today (DESIGN.md, section 4).
import { withContentId } from './content-id.js';
import { CONTEXT, FEATURES, type Model } from './model.js';

export interface UntrainedOptions {
  /** Of the random body: another seed is another network with another id. */
  readonly seed?: number;
  /** Of the softmax, log2 units. */
  readonly temperature?: number;
  /** Bound of the residual in log2 units; 0 = exactly `ewma-full`. */
  readonly scale?: number;
  readonly hidden1?: number;
  readonly hidden2?: number;
}

/** Within the 0.15 to 0.3 of DESIGN.md, section 4: sharp enough to follow `ewma-full`, soft enough to explore. */
const TEMPERATURE = 0.2;
const LARGEST_WEIGHT = 64;
/** Root mean square of a uniform draw from -LARGEST_WEIGHT..LARGEST_WEIGHT. */
const TYPICAL_WEIGHT = LARGEST_WEIGHT / Math.sqrt(3);
/** A hidden unit in the middle of its range, in units of 1/127. */
const TYPICAL_HIDDEN = 64;
/** One in the int8 units of 1/32. */
const ONE = 32;

export function untrainedModel(options: UntrainedOptions = {}): Model {
  const { seed = 1, temperature = TEMPERATURE, scale = 0, hidden1 = 32, hidden2 = 16 } = options;
  const draw = weights(seed);
  const body = {
    w1: draw(hidden1 * FEATURES),
    v1: draw(hidden1 * CONTEXT),
    w2: draw(hidden2 * hidden1),
    u2: draw(hidden2 * hidden1),
  };
  const w3 = scale === 0 ? new Int8Array(hidden2) : draw(hidden2);
  const reach = 127 * w3.reduce((sum, weight) => sum + Math.abs(weight), 0);
  return withContentId({
    ...body,
    w3,
    hidden1,
    hidden2,
    temperature: Math.fround(temperature),
    outputScale: Math.fround(scale === 0 ? 1 / 16384 : scale / reach),
    // Inputs near 1 give pre-activations near 1, where tanh bends.
    scale1: new Float32Array(hidden1).fill(1 / (TYPICAL_WEIGHT * Math.sqrt(FEATURES + CONTEXT))),
    scale2: new Float32Array(hidden2).fill(ONE / (TYPICAL_HIDDEN * TYPICAL_WEIGHT * Math.sqrt(2 * hidden1))),
    bias1: new Int32Array(hidden1),
    bias2: new Int32Array(hidden2),
    bias3: 0,
  });
}

/** Deterministic int8 weights: MurmurHash3's finaliser over a counter. */
function weights(seed: number): (count: number) => Int8Array {
  let drawn = 0;
  return (count) =>
    Int8Array.from({ length: count }, () => {
      let h = seed ^ Math.imul(drawn++, 0x9e3779b9);
      h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
      h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
      h ^= h >>> 16;
      return ((h >>> 0) % (2 * LARGEST_WEIGHT + 1)) - LARGEST_WEIGHT;
    });
}
