// The network before it is quantised, as the simulator takes it (plugin/simulator/float-actor.ts): to measure what int8 loses.
import type { ServedFloat } from '../environment/served.js';
import type { Network } from './quantise.js';

/** @param temperature of the softmax over scores, log2 units */
export function floatNetwork(network: Network, temperature: number): ServedFloat {
  const { hidden1, hidden2, w1, v1, b1, w2, u2, b2, w3 } = network;
  const weights = [w1, v1, b1, w2, u2, b2, w3];
  const count = weights.reduce((sum, part) => sum + part.length, 0);
  const bytes = new Uint8Array(12 + 4 * count);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, hidden1, true);
  view.setUint32(4, hidden2, true);
  view.setFloat32(8, temperature, true);
  new Float32Array(bytes.buffer, 12).set(weights.flatMap((part) => [...part]));
  return { policy: 'float', network: bytes };
}
