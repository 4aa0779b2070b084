// What the actor-critics and REINFORCE serve: the network's softmax, whose temperature is learned with it.
import { dequantise } from '../actor/dequantise.js';
import { encodeModel } from '../actor/model-file.js';
import type { Model } from '../actor/model.js';
import { quantise } from '../actor/quantise.js';
import {
  actorParts,
  adoptNetwork,
  initialise,
  layout,
  networkOf,
  type Layout,
  type Part,
} from '../learning/parameters.js';
import type { Algorithm, Hyperparameters } from './algorithm.js';

/** @param others parts beside the actor's: those of a critic */
export function softmaxActor(
  others: readonly Part[],
): Pick<Algorithm, 'serves' | 'layout' | 'initialise' | 'serve'> {
  const layoutOf = ({ hidden1, hidden2 }: Hyperparameters): Layout =>
    layout([
      ...actorParts(hidden1, hidden2),
      { name: 'temperature', rows: 1, columns: 1, fanIn: 0 },
      ...others,
    ]);
  return {
    serves: 'actor',
    layout: layoutOf,
    initialise(hyperparameters, random) {
      const parts = layoutOf(hyperparameters);
      const parameters = initialise(parts, random);
      parameters[placeOfTemperature(parts)] = Math.log(hyperparameters.temperature);
      return parameters;
    },
    serve(hyperparameters, parameters, exploration) {
      const parts = layoutOf(hyperparameters);
      const temperature = temperatureOf(parameters, parts) * exploration;
      return { policy: 'actor', model: encodeModel(quantise(networkOf(parameters, parts), temperature)) };
    },
  };
}

const placeOfTemperature = ({ parts }: Layout): number =>
  parts.find(({ name }) => name === 'temperature')!.offset;

export const temperatureOf = (parameters: Float32Array, parts: Layout): number =>
  Math.exp(parameters[placeOfTemperature(parts)]!);

/**
 * Parameters whose actor is a given model, to train it on; the critic stays what it is.
 * @throws {RangeError} where the model has another shape
 */
export function adoptModel(parameters: Float32Array, parts: Layout, model: Model): void {
  adoptNetwork(parameters, parts, dequantise(model));
  parameters[placeOfTemperature(parts)] = Math.log(model.temperature);
}
