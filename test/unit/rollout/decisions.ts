// Recorded decisions of a model, with latencies whose truth is known, and models that lean to what a test wants.
import { withContentId } from '../../../trainer/actor/content-id.js';
import { ENDPOINT_FEATURES } from '../../../trainer/actor/features.js';
import { CONTEXT, FEATURES, type Model } from '../../../trainer/actor/model.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import type { LiveRecord } from '../../../trainer/rollout/live-records.js';
import { probabilities } from '../../../trainer/rollout/replay.js';
import { normal, random } from './traffic.js';

type Feature = (typeof ENDPOINT_FEATURES)[number];
const at = (name: Feature) => ENDPOINT_FEATURES.indexOf(name);

/** Adds up to `octaves` to the score of endpoints with much of the feature; fewer where it is negative. */
export function leaning(feature: Feature, octaves: number, temperature = 1): Model {
  const model = untrainedModel({ hidden1: 4, hidden2: 4, temperature });
  const [w1, w2, w3] = [new Int8Array(4 * FEATURES), new Int8Array(16), new Int8Array(4)];
  w1[at(feature)] = 32;
  w2[0] = 32;
  w3[0] = octaves < 0 ? -127 : 127;
  return withContentId({
    ...model,
    w1,
    v1: new Int8Array(4 * CONTEXT),
    w2,
    u2: new Int8Array(16),
    w3,
    scale1: new Float32Array(4).fill(1 / 32),
    scale2: new Float32Array(4).fill(1 / 128),
    outputScale: Math.fround(Math.abs(octaves) / (127 * 100)),
  });
}

/** Log latency of an endpoint: what its `latency` feature says, in octaves. */
export const expectedLog = (features: Int8Array, endpoint: number): number =>
  3 + Math.LN2 * (features[endpoint * FEATURES + at('latency')]! / 32);

export interface DecisionOptions {
  readonly seed: number;
  readonly count: number;
  readonly endpoints?: number;
  readonly noise?: number;
}

export function decisions(model: Model, options: DecisionOptions): LiveRecord[] {
  const { seed, count, endpoints = 4, noise = 0.5 } = options;
  const draw = random(seed);
  return Array.from({ length: count }, () => {
    const features = Int8Array.from({ length: endpoints * FEATURES }, () => Math.floor(64 * draw()) - 32);
    for (let i = 0; i < endpoints; i++) {
      features[i * FEATURES + at('base_score')] = 0;
      // As `memory` of a host that is bigger than the others.
      features[i * FEATURES + at('memory')] = i === 0 ? 32 : 0;
    }
    const seen = { endpoints, features, context: new Int8Array(CONTEXT) };
    const blank: LiveRecord = {
      ...seen,
      cluster: 'api',
      model: model.id,
      action: 0,
      probability: 1,
      latencyMs: 1,
      error: false,
      cpuAbove: 0,
      memoryAbove: 0,
    };
    const chances = probabilities(model, blank);
    let left = draw();
    const found = chances.findIndex((chance) => (left -= chance) < 0);
    const action = found < 0 ? endpoints - 1 : found;
    const latencyMs = Math.exp(expectedLog(features, action) + noise * normal(draw));
    return { ...blank, action, probability: chances[action]!, latencyMs, error: draw() < 0.01 };
  });
}
