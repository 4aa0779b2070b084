// What a model would have done in a recorded decision.
import { ENDPOINT_FEATURES } from '../actor/features.js';
import { FEATURES, type Model } from '../actor/model.js';
import { INPUT_UNIT } from '../actor/quantise.js';
import { forward } from '../actor/reference.js';
import type { LiveRecord } from './live-records.js';

const BASE_SCORE = ENDPOINT_FEATURES.indexOf('base_score');

/**
 * Probability of each endpoint of the record: the network's residual on the score of `ewma-full`, which the record has
 * rounded to 1/32 and cut off four octaves below the best. Without what a record does not tell: the operator's bounds
 * of the weights, and which endpoints were ejected. NaN where the model's numbers lead out of the finite.
 */
export function probabilities(model: Model, { endpoints, features, context }: LiveRecord): Float64Array {
  const residuals = forward(model, features, context);
  const scores = Float64Array.from(
    residuals,
    (residual, i) => (residual + features[i * FEATURES + BASE_SCORE]! / INPUT_UNIT) / model.temperature,
  );
  const best = scores.reduce((most, score) => Math.max(most, score));
  const weights = scores.map((score) => 2 ** (score - best));
  const sum = weights.reduce((total, weight) => total + weight);
  return endpoints > 0 ? weights.map((weight) => weight / sum) : weights;
}
