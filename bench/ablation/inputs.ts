// The network without a group of its inputs: their weights are zero, nothing is learned anew. So a figure says what the
// trained network makes of them, an upper bound of what another training would lose.
import { withContentId } from '../../trainer/actor/content-id.js';
import { CONTEXT_FEATURES, ENDPOINT_FEATURES } from '../../trainer/actor/features.js';
import { CONTEXT, FEATURES, type Model } from '../../trainer/actor/model.js';

type Input = (typeof ENDPOINT_FEATURES)[number] | (typeof CONTEXT_FEATURES)[number];

export const INPUT_GROUPS: Readonly<Record<string, readonly Input[]>> = {
  'own in-flight': ['own_requests', 'own_work'],
  'siblings in-flight': ['sibling_requests', 'sibling_work'],
  "the fleet's in-flight": ['fleet_requests'],
  "the fleet's latency": ['fleet_latency'],
  'own latency': ['latency', 'samples', 'latency_age'],
  'deviation and peak': ['deviation', 'peak'],
  "the server's queue": ['server_requests', 'server_work', 'sent_since', 'server_age'],
  "the server's times": ['server_time', 'server_latency'],
  utilisation: ['cpu', 'memory'],
  errors: ['error_rate'],
  rates: ['rate', 'rate_trend', 'burstiness'],
  affinity: ['affinity'],
  'the base score': ['base_score'],
  "the request's work": ['request_work'],
  'the cluster': ['endpoints', 'proxies', 'load', 'fleet_age', 'spread'],
};

export function without(model: Model, inputs: readonly Input[]): Model {
  const [w1, v1] = [model.w1.slice(), model.v1.slice()];
  const clear = (weights: Int8Array, names: readonly string[], width: number) => {
    for (const input of inputs) {
      const column = names.indexOf(input);
      if (column < 0) continue;
      for (let at = column; at < weights.length; at += width) weights[at] = 0;
    }
  };
  clear(w1, ENDPOINT_FEATURES, FEATURES);
  clear(v1, CONTEXT_FEATURES, CONTEXT);
  return withContentId({ ...model, w1, v1 });
}
