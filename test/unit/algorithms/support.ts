// What the tests of the learning algorithms share: a mesh where the right answer is plain, and a training in this thread.
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import type { Algorithm, Hyperparameters, Metrics } from '../../../trainer/algorithms/algorithm.js';
import { defaultsOf } from '../../../trainer/algorithms/defaults.js';
import { fixedScenarios } from '../../../trainer/environment/curriculum.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { validateScenario, type Scenario } from '../../../trainer/environment/scenario.js';
import type { Served } from '../../../trainer/environment/served.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { TrainingMesh } from '../../../trainer/environment/training-mesh.js';
import type { TF } from '../../../trainer/learning/backend.js';
import { ExperienceLog, type Experience } from '../../../trainer/learning/experience.js';
import { GlobalNetwork } from '../../../trainer/learning/global-network.js';
import { WorkerLoop } from '../../../trainer/learning/worker-loop.js';

/**
 * Two endpoints with more slots than requests, the second at half the speed: nobody ever waits, so that a request takes
 * 10 ms at the first and 20 ms at the second whatever else happens, and the optimum sends all of them to the first.
 */
export const trivial: Scenario = validateScenario(
  {
    name: 'trivial',
    requests: 8000,
    warmup: 500,
    proxies: 1,
    workersPerProxy: 1,
    networkMs: 0,
    services: [
      {
        name: 'api',
        endpoints: [
          { speed: 1, workers: 64 },
          { speed: 0.5, workers: 64 },
        ],
        serviceTime: { kind: 'exponential', meanMs: 10 },
      },
    ],
    load: { service: 'api', utilisation: 0.05 },
  },
  'trivial.json',
);

/** Small and quick: a network of 8 and 8, few meshes, few rows. */
const SMALL: Partial<Hyperparameters> = {
  hidden1: 8,
  hidden2: 8,
  meshes: 4,
  meshesPerUpdate: 4,
  rows: 512,
  share: 0.5,
  averaging: 0.9,
};

export interface Trained {
  readonly served: Served;
  readonly parameters: Float32Array;
  readonly metrics: readonly Metrics[];
}

/** As a worker of a training does it, for a budget in updates. */
export function learn(
  tf: TF,
  algorithm: Algorithm,
  updates: number,
  seed: number,
  others: Partial<Hyperparameters> = {},
): Trained {
  const hyperparameters = { ...defaultsOf(algorithm), ...SMALL, ...others };
  const random = createRandom(seed);
  const global = new GlobalNetwork(algorithm.layout(hyperparameters));
  const first = algorithm.initialise(hyperparameters, random.fork('network'));
  global.parameters.set(first);
  global.average.set(first);
  const loop = new WorkerLoop({
    tf,
    compiled: loadSimulator(),
    algorithm,
    hyperparameters,
    global,
    curriculum: fixedScenarios([trivial]),
    random: random.fork('worker'),
    exploration: 1,
  });
  const metrics: Metrics[] = [];
  while (global.updates < updates) {
    const seen = loop.update(global.updates / updates);
    if (seen) metrics.push(seen);
  }
  const served = algorithm.serve(hyperparameters, global.average, 1, 1);
  return { served, parameters: global.parameters.slice(), metrics };
}

/** Share of the requests that go to the fast endpoint. */
export function shareOfFast(decides: ConstructorParameters<typeof Simulator>[2]): number {
  return new Simulator(loadSimulator(), trivial, decides).run().endpoints[0]!.share;
}

/** A stretch of some 15 decisions among three endpoints, with all its outcomes. */
export function settledStretch(): Experience {
  const scenario = validateScenario(
    {
      name: 'three',
      requests: 20_000,
      proxies: 2,
      workersPerProxy: 2,
      services: [
        {
          name: 'api',
          endpoints: [{ workers: 2 }, { speed: 0.5, workers: 2 }, { speed: 0.7, workers: 2 }],
        },
      ],
      load: { service: 'api', utilisation: 0.7 },
    },
    'three.json',
  );
  const served: Served = {
    policy: 'actor',
    model: encodeModel(untrainedModel({ seed: 3, temperature: 0.5 })),
  };
  const options = { seed: 5, served, share: 0.5, rows: 45, life: Infinity };
  const mesh = new TrainingMesh(loadSimulator(), scenario, options);
  const log = new ExperienceLog(scenario);
  for (let i = 0; i < 40; i++) {
    const found = log.add(mesh.advance(served, 45)).settled.find(({ latency }) => !latency.includes(NaN));
    if (found) return found;
  }
  throw new Error('no stretch settles');
}
