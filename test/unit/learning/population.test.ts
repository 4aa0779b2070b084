import { describe, expect, it } from 'vitest';
import { DEFAULTS } from '../../../trainer/algorithms/defaults.js';
import { createRandom } from '../../../trainer/environment/random.js';
import { validateScenario } from '../../../trainer/environment/scenario.js';
import {
  cost,
  perturbed,
  trainPopulation,
  type PopulationRound,
} from '../../../trainer/learning/population.js';
import { Validation } from '../../../trainer/learning/validation.js';

const scenario = validateScenario(
  {
    name: 'pair',
    requests: 800,
    warmup: 100,
    proxies: 2,
    services: [{ name: 'api', endpoints: [{ speed: 1 }, { speed: 0.3 }] }],
    load: { utilisation: 0.5 },
  },
  'pair',
);
const small = { ...DEFAULTS, meshes: 4, meshesPerUpdate: 2, rows: 256, life: 500 };

describe('a member that is perturbed', () => {
  it('has learning rate, entropy and reward weights a step off, and everything else as it was', () => {
    const { learningRate, entropy, reward, ...others } = perturbed(DEFAULTS, createRandom(3));
    const steps = [
      learningRate / DEFAULTS.learningRate,
      entropy / DEFAULTS.entropy,
      reward.others / DEFAULTS.reward.others,
      reward.errors / DEFAULTS.reward.errors,
    ];
    for (const step of steps) expect([0.8, 1.25]).toContain(Number(step.toFixed(6)));
    expect(others).toEqual(Object.fromEntries(Object.entries(DEFAULTS).filter(([name]) => name in others)));
    expect({ ...reward, others: 0, errors: 0 }).toEqual({ ...DEFAULTS.reward, others: 0, errors: 0 });
  });
});

describe('a population', () => {
  it('lets the worst member go on from the best one, and returns the best of the last round', async () => {
    const { signal } = new AbortController();
    const rounds: PopulationRound[] = [];
    const result = await trainPopulation({
      algorithm: 'a3c',
      hyperparameters: small,
      seed: 1,
      members: 2,
      minutes: 8 / 60,
      everyMs: 4000,
      scenarios: [scenario],
      backend: 'wasm',
      suite: new Validation([scenario], 500, signal, 1),
      signal,
      onReport: () => undefined,
      onRound: (round) => rounds.push(round),
    });
    expect(rounds).toHaveLength(2);
    const [first, last] = rounds as [PopulationRound, PopulationRound];
    const { worst, best } = first.replaced!;
    expect(cost(first.members[best]!.standing)).toBeLessThanOrEqual(cost(first.members[worst]!.standing));
    // The one replaced learns on with hyperparameters near those of the best one, not with its own.
    const ratio = last.members[worst]!.hyperparameters.entropy / first.members[best]!.hyperparameters.entropy;
    expect([0.8, 1.25]).toContain(Number(ratio.toFixed(6)));
    expect(last.replaced).toBeUndefined();
    const costs = last.members.map(({ standing }) => cost(standing));
    expect(result.hyperparameters).toBe(last.members[costs.indexOf(Math.min(...costs))]!.hyperparameters);
    expect(result.updates).toBeGreaterThan(0);
  }, 60_000);
});
