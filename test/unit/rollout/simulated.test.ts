// The canary on what the simulator says of two models. A simulated mesh has one model, so that there are two, of the same
// scenario and seed, each served by one model alone: what the arms of a canary would do to each other is not in it.
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../../trainer/actor/model-card.js';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import type { Model } from '../../../trainer/actor/model.js';
import { loadScenario } from '../../../trainer/environment/scenario.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import { Simulator } from '../../../trainer/environment/simulator.js';
import { leaning } from './decisions.js';
import { Counter, random, type Arrivals } from './traffic.js';
import { CANDIDATE, CURRENT, World } from './world.js';

const file = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

class Mesh {
  readonly #simulator: Simulator;
  #before: Uint32Array | undefined;
  #failed = 0;

  constructor(model: Model) {
    const scenario = { ...loadScenario(file('bench/scenarios/local.json')), requests: 100_000 };
    this.#simulator = new Simulator(loadSimulator(), scenario, {
      policy: 'actor',
      model: encodeModel(model),
    });
  }

  /** Latencies of the next second, and failures. */
  *second(untilMs: number): Generator<readonly [ms: number, failed: boolean]> {
    this.#simulator.advance(untilMs);
    const { counts, leastMs, growth } = this.#simulator.histogram();
    for (const [bin, count] of counts.entries()) {
      for (let i = this.#before?.[bin] ?? 0; i < count; i++) yield [leastMs * growth ** (bin - 0.5), false];
    }
    this.#before = counts;
    const failed = this.#simulator.figure('failed') + this.#simulator.figure('timeout');
    for (; this.#failed < failed; this.#failed++) yield [1, true];
  }
}

/** Each request of a mesh is one of the canary's with the probability of its arm. */
function simulated(candidate: Model, current: Model): Pick<Arrivals, 'stratum'> {
  const meshes = { candidate: new Mesh(candidate), current: new Mesh(current) };
  const draw = random(1);
  let now = 0;
  const arm = (mesh: Mesh, share: number) => {
    const counter = new Counter();
    for (const [ms, failed] of mesh.second(now)) if (draw() < share) counter.add(ms, failed);
    return counter.arm();
  };
  return {
    stratum: ({ share }) => {
      now += 1000;
      return { candidate: arm(meshes.candidate, share), current: arm(meshes.current, 1 - share) };
    },
  };
}

describe('the canary on simulated requests', () => {
  const learned = readModel(file('models/actor.weir'));

  it('takes a model that prefers slow endpoints back within a minute', async () => {
    // CURRENT and CANDIDATE only name the arms here: the meshes decide.
    const bad = leaning('latency', 6, 0.2);
    const world = await new World({ proxies: 1, arrivals: simulated(bad, learned) }).start();
    await world.run(20);
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(60);
    expect(world.last('rolled-back')?.message).toContain('worse in');
    expect(world.serving).toEqual({ current: CURRENT });
  });

  it('does not take back a model that is the same', async () => {
    const world = await new World({ proxies: 1, arrivals: simulated(learned, learned) }).start();
    await world.run(20);
    await world.rollout.propose(CANDIDATE, { by: 'ann', force: true });
    await world.run(300);
    expect(world.last('rolled-back')).toBeUndefined();
  });
});
