import { describe, expect, it } from 'vitest';
import { encodeModel } from '../../../trainer/actor/model-file.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { loadSimulator } from '../../../trainer/environment/simulator-file.js';
import type { Plan } from '../../../trainer/evaluation/plan.js';
import { evaluationRecords } from '../../../trainer/evaluation/record.js';
import { simulateAll } from '../../../trainer/evaluation/simulate-all.js';
import { simulate } from '../../../trainer/evaluation/simulate.js';
import { plan, scenario } from './fakes.js';

const small = { ...scenario('small'), requests: 300, warmup: 50 };

describe('simulate', () => {
  it('runs a scenario and measures a decision', () => {
    const run = simulate(loadSimulator(), { scenario: small, policy: 'least-request', seed: 3 });
    expect(run.requests).toBe(300);
    expect(run.meanMs).toBeGreaterThan(0);
    expect(run.decisionNs).toBeGreaterThan(0);
  });

  it('gives the actor its model, which it cannot do without', () => {
    const job = { scenario: small, policy: 'actor', seed: 3 } as const;
    expect(
      simulate(loadSimulator(), job, { policy: 'actor', model: encodeModel(untrainedModel()) }).requests,
    ).toBe(300);
    expect(() => simulate(loadSimulator(), job)).toThrow('needs a model');
  });
});

describe('simulateAll', () => {
  const of: Plan = { ...plan([], ['random', 'c3'], 2), scenarios: [small] };
  const figures = async (size: number) =>
    evaluationRecords(await simulateAll(of, { size })).results.map((r) => ({ ...r, decisionNs: 0 }));

  it('has the same figures with any number of workers', async () => {
    const alone = await figures(1);
    expect(await figures(3)).toEqual(alone);
    expect(alone.map(({ seed }) => seed)).toEqual([1, 2, 1, 2]);
    // Another seed is other traffic.
    expect(alone[0]!.meanMs).not.toBe(alone[1]!.meanMs);
  });

  it('names the run that fails', async () => {
    const needy: Plan = { ...of, policies: ['actor'], baseline: 'actor', seeds: 1 };
    await expect(simulateAll(needy, { size: 1 })).rejects.toThrow(
      'scenario "small", policy actor, seed 1: the policy actor needs a model',
    );
  });
});
