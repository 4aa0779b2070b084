// Learning from what the sidecars logged, on made-up decisions between a slow and a fast endpoint, told apart by one feature.
import { beforeAll, describe, expect, it } from 'vitest';
import { CONTEXT, FEATURES } from '../../../trainer/actor/model.js';
import { a3c } from '../../../trainer/algorithms/a3c.js';
import { DEFAULTS } from '../../../trainer/algorithms/defaults.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { loadBackend } from '../../../trainer/learning/backend.js';
import type { TF } from '../../../trainer/learning/forward.js';
import { LoggedLessons, type LoggedDecision } from '../../../trainer/learning/logged.js';
import { batchTensors, logPolicy, withWeights } from '../../../trainer/learning/tensors.js';

const layout = a3c.layout(DEFAULTS);
const BASE_SCORE = FEATURES - 1;
const REWARD = { errors: 5, cpu: 0.01, memory: 0.01 };
const CLIP = 3;
let tf: TF;
beforeAll(async () => void ({ tf } = await loadBackend('wasm')));

interface Log {
  /** Of the slow endpoint, which is row 0. */
  readonly probability: number;
  readonly slowMs?: number;
  readonly slowFails?: boolean;
  readonly count?: number;
  /** Cpu of the slow endpoint above the mean of the two. */
  readonly above?: number;
}

/** Feature 0 says which endpoint is the slow one; the latency has a spread of its own. */
function logged({
  probability,
  slowMs = 40,
  slowFails = false,
  count = 400,
  above = 0,
}: Log): LoggedDecision[] {
  const random = createRandom(5);
  return Array.from({ length: count }, () => {
    const slow = random.next() < probability;
    const features = new Int8Array(2 * FEATURES);
    [features[0], features[FEATURES]] = [32, -32];
    return {
      cluster: 'api',
      endpoints: 2,
      features,
      context: new Int8Array(CONTEXT),
      action: slow ? 0 : 1,
      probability: slow ? probability : 1 - probability,
      latencyMs: (slow ? slowMs : 10) * (0.5 + random.next()),
      error: slow && slowFails,
      cpuAbove: slow ? above : -above,
      memoryAbove: 0,
    };
  });
}

/** Probability of the slow endpoint under the parameters, in a state of the log. */
function slowShare(parameters: Float32Array): number {
  const [{ features }] = logged({ probability: 0.5, count: 1 }) as [LoggedDecision];
  const inputs = Float32Array.from(features, (value) => value / 32);
  const [logs] = withWeights(tf, layout, parameters, (weights, ops) =>
    logPolicy(
      tf,
      ops,
      weights,
      batchTensors(tf, {
        decisions: 1,
        endpoints: 2,
        features: inputs,
        context: new Float32Array(CONTEXT),
        present: new Float32Array([1, 1]),
        eligible: new Float32Array([1, 1]),
        inverse: new Float32Array([0.5]),
        base: new Float32Array([inputs[BASE_SCORE]!, inputs[FEATURES + BASE_SCORE]!]),
      }),
    ),
  );
  return Math.exp(logs!);
}

/** Steps down the gradient of lessons alone. */
function learnedFrom(decisions: readonly LoggedDecision[], steps = 60, reward = REWARD): number {
  const lessons = new LoggedLessons(decisions, reward, CLIP);
  const random = createRandom(1);
  const parameters = a3c.initialise({ ...DEFAULTS, temperature: 1 }, createRandom(2));
  for (let i = 0; i < steps; i++) {
    const gradient = lessons.gradient(tf, layout, parameters, random);
    for (const [j, g] of gradient.entries()) parameters[j]! -= 0.5 * g;
  }
  return slowShare(parameters);
}

describe('lessons from logged decisions', () => {
  it('make the endpoint that was slower rarer', () => {
    expect(learnedFrom(logged({ probability: 0.5 }), 0)).toBeCloseTo(0.5, 1);
    expect(learnedFrom(logged({ probability: 0.5 }))).toBeLessThan(0.2);
  });

  it('do so however rarely what decided then chose it', () => {
    expect(learnedFrom(logged({ probability: 0.9 }))).toBeLessThan(0.25);
    expect(learnedFrom(logged({ probability: 0.1 }))).toBeLessThan(0.25);
  });

  it('count a failed request as a long one, be it answered as fast as it likes', () => {
    expect(learnedFrom(logged({ probability: 0.5, slowMs: 10, slowFails: true }))).toBeLessThan(0.2);
  });

  it('count cpu above that of the others as the reward does', () => {
    const alike = { probability: 0.5, slowMs: 10 };
    const weighty = { ...REWARD, cpu: 2 };
    const even = learnedFrom(logged(alike), 60, weighty);
    expect(learnedFrom(logged({ ...alike, above: 0.4 }), 60, weighty)).toBeLessThan(even - 0.2);
  });

  it('say nothing of a cluster that has logged little', () => {
    expect(new LoggedLessons(logged({ probability: 0.5, count: 63 }), REWARD, CLIP).isEmpty).toBe(true);
    expect(new LoggedLessons(logged({ probability: 0.5, count: 64 }), REWARD, CLIP).isEmpty).toBe(false);
  });

  it('count a choice no more than twice, however much likelier the network makes it', () => {
    // All chose the slow one, at odds of one in a thousand: unbounded, each would count 500 times.
    const rare = logged({ probability: 0.5 }).map((decision) => ({ ...decision, probability: 0.001 }));
    const even = logged({ probability: 0.5 }).map((decision) => ({ ...decision, probability: 0.25 }));
    const gradient = (decisions: readonly LoggedDecision[]) =>
      new LoggedLessons(decisions, REWARD, CLIP).gradient(
        tf,
        layout,
        a3c.initialise({ ...DEFAULTS, temperature: 1 }, createRandom(2)),
        createRandom(1),
      );
    const length = (vector: Float32Array) => Math.hypot(...vector);
    expect(length(gradient(rare))).toBeCloseTo(length(gradient(even)), 2);
    expect(length(gradient(rare))).toBeGreaterThan(0);
  });
});
