// The model that ships with the package, and the training that it came from.
import { join } from 'node:path';
import { floatNetwork } from '../actor/float-network.js';
import { readModel } from '../actor/model-card.js';
import type { Model } from '../actor/model.js';
import { algorithmNamed } from '../algorithms/registry.js';
import { temperatureOf } from '../algorithms/softmax-actor.js';
import type { ServedFloat } from '../environment/served.js';
import { readCheckpoint } from '../learning/checkpoint.js';
import { GlobalNetwork } from '../learning/global-network.js';
import { networkOf } from '../learning/parameters.js';
import { packageRoot } from './package-root.js';

export const shippedModelPath = join(packageRoot, 'models/actor.weir');
/** `weir train --resume --checkpoint` goes on from it. */
export const shippedCheckpointPath = join(packageRoot, 'models/actor.checkpoint');

export const shippedModel = (): Model => readModel(shippedModelPath);

/** The same before it was quantised. */
export function shippedFloat(): ServedFloat {
  const checkpoint = readCheckpoint(shippedCheckpointPath);
  const { algorithm, hyperparameters } = checkpoint.state;
  const global = new GlobalNetwork(algorithmNamed(algorithm).layout(hyperparameters));
  checkpoint.restore(global);
  const parameters = global.served();
  return floatNetwork(networkOf(parameters, global.layout), temperatureOf(parameters, global.layout));
}
