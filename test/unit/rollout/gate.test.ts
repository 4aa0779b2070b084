import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { readModel } from '../../../trainer/actor/model-card.js';
import { untrainedModel } from '../../../trainer/actor/untrained.js';
import { loadScenario } from '../../../trainer/environment/scenario.js';
import type { Job } from '../../../trainer/evaluation/plan.js';
import type { Run } from '../../../trainer/evaluation/results.js';
import { isClearlyBad, objections } from '../../../trainer/rollout/gate-rules.js';
import { figuresOf, type Unit } from '../../../trainer/rollout/gate-statistics.js';
import { GATE_DEFAULTS, runGate, type GateOptions } from '../../../trainer/rollout/gate.js';
import { plan, resultsOf } from '../evaluation/fakes.js';
import { leaning } from './decisions.js';

const file = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Figures of a candidate whose runs are those of the current model, changed. */
function figures(names: string[], change: (job: Job) => Partial<Run>, unit: Unit = 'scenarios', seeds = 3) {
  const of = plan(names, ['actor'], seeds);
  const base = ({ seed }: Job) => ({ meanMs: 10 + seed, p99Ms: 50 + seed, errors: 10 });
  return figuresOf(
    {
      scenarios: of.scenarios,
      current: resultsOf(of, base),
      candidate: resultsOf(of, (job) => ({ ...base(job), ...change(job) })),
    },
    unit,
  );
}

/** A little noise by name, so that intervals are not points. */
const noise = ({ scenario, seed }: Job) => 1 + 0.002 * ((scenario.name.charCodeAt(0) + seed) % 3);
const faster = (factor: number) => (job: Job) => ({
  meanMs: (10 + job.seed) * factor * noise(job),
  p99Ms: (50 + job.seed) * factor * noise(job),
});
const NAMES = ['a', 'b', 'c', 'd'];

describe('what a set demands', () => {
  it('is that better is surely better', () => {
    expect(objections(figures(NAMES, faster(0.95)), 'better', GATE_DEFAULTS)).toEqual([]);
    const same = objections(figures(NAMES, faster(1)), 'better', GATE_DEFAULTS);
    expect(same).toHaveLength(3);
    expect(same[0]).toMatch(/mean and p99 together 1\.00\d \[.*\] is not surely below 1/);
  });

  it('is that neither mean nor p99 pays for the other', () => {
    const change = (job: Job) => ({ ...faster(0.8)(job), p99Ms: 1.02 * (50 + job.seed) });
    expect(objections(figures(NAMES, change), 'better', GATE_DEFAULTS)).toEqual([
      expect.stringMatching(/^p99 ratio 1\.02.* is above 1$/),
    ]);
  });

  it('is that not worse is surely within the margin', () => {
    expect(objections(figures(NAMES, faster(1)), 'non-inferior', GATE_DEFAULTS)).toEqual([]);
    expect(objections(figures(NAMES, faster(1.06)), 'non-inferior', GATE_DEFAULTS)).toHaveLength(2);
  });

  it('is that no scenario is far worse, however good the others are', () => {
    const change = (job: Job) => ({
      ...faster(0.5)(job),
      ...(job.scenario.name === 'b' ? { p99Ms: 1.3 * (50 + job.seed) } : {}),
    });
    const reasons = objections(
      figures(['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'], change),
      'non-inferior',
      GATE_DEFAULTS,
    );
    expect(reasons).toEqual(['p99 ratio above 1.15 on b 1.30']);
  });

  it('is that no more requests fail', () => {
    const failing = (errors: number) => (job: Job) => ({ ...faster(0.9)(job), errors });
    const reasonsOf = (errors: number) =>
      objections(figures(NAMES, failing(errors)), 'better', GATE_DEFAULTS);
    expect(reasonsOf(10)).toEqual([]);
    expect(reasonsOf(11)).toEqual([expect.stringContaining('more requests fail')]);
    expect(reasonsOf(40)[0]).toContain('failures may grow by more than 1.00 points');
  });

  it('is not met by what was not measured', () => {
    const silent = objections(
      figures(NAMES, () => ({ p99Ms: NaN })),
      'non-inferior',
      GATE_DEFAULTS,
    );
    expect(silent.length).toBeGreaterThan(0);
    const single = figures(['a'], faster(0.5), 'seeds', 1);
    expect(objections(single, 'better', GATE_DEFAULTS)).not.toEqual([]);
  });

  it('counts seeds where the scenario is the mesh itself, else scenarios', () => {
    expect(figures(NAMES, faster(1), 'seeds', 3).meanRatio.n).toBe(3);
    expect(figures(NAMES, faster(1), 'scenarios', 3).meanRatio.n).toBe(4);
    expect(figures(['a'], faster(1), 'scenarios', 3).meanRatio.n).toBe(3);
  });

  it('has a first look that ends what is far worse, and nothing else', () => {
    expect(isClearlyBad(figures(NAMES, faster(1.5)), 1.3)).toBe(true);
    expect(isClearlyBad(figures(NAMES, faster(1.05)), 1.3)).toBe(false);
    expect(
      isClearlyBad(
        figures(NAMES, () => ({ meanMs: NaN })),
        1.3,
      ),
    ).toBe(true);
  });
});

describe('the gate', () => {
  const suite = ['uneven-02', 'classes-04', 'even-01', 'slowdowns-01', 'swings-02'].map((name) =>
    loadScenario(file(`bench/scenarios/validation/${name}.json`)),
  );
  const twin = [loadScenario(file('bench/scenarios/local.json'))];
  const options: GateOptions = { ...GATE_DEFAULTS, threads: 1, meshSeeds: 4, seeds: 1, requests: 120_000 };
  const blunt = untrainedModel({ temperature: 1 });
  const learned = readModel(file('models/actor.weir'));

  it('passes a model that is better everywhere', async () => {
    // Better by much here and by little there: over five scenarios that is a wide interval.
    const sets = { twin, validation: suite, incidents: suite.slice(0, 1) };
    const verdict = await runGate(learned, blunt, sets, { ...options, margin: 0.05 });
    expect(verdict.reasons).toEqual([]);
    expect(verdict).toMatchObject({ passed: true, candidate: learned.id, current: blunt.id });
    expect(verdict.tables.map(({ set, rule }) => [set, rule])).toEqual([
      ['twin', 'better'],
      ['validation', 'non-inferior'],
      ['incidents', 'non-inferior'],
    ]);
    expect(verdict.tables[0]!.p99Ratio.value).toBeLessThan(0.9);
  });

  it('stops a bad model at its first look', async () => {
    // Prefers what is slow.
    const bad = leaning('latency', 6, 0.2);
    const jobs = { twin, validation: suite, incidents: twin };
    const verdict = await runGate(bad, learned, jobs, options);
    expect(verdict.passed).toBe(false);
    expect(verdict.tables).toHaveLength(1);
    expect(verdict.reasons.length).toBeGreaterThan(0);
    expect(verdict.reasons.every((reason) => reason.startsWith('first look: '))).toBe(true);
  });

  it('runs no further set where one objects', async () => {
    const verdict = await runGate(learned, learned, { twin, validation: suite, incidents: [] }, options);
    expect(verdict.passed).toBe(false);
    expect(verdict.tables.map(({ set }) => set)).toEqual(['twin']);
  });

  it('does not pass the current model itself, and demands more of the suite without a twin', async () => {
    const verdict = await runGate(learned, learned, { twin: [], validation: suite, incidents: [] }, options);
    expect(verdict.passed).toBe(false);
    expect(verdict.tables.map(({ set, rule }) => [set, rule])).toEqual([['validation', 'better']]);
    expect(verdict.reasons[0]).toContain('validation: ratio of mean and p99 together 1.000');
  });

  it('ends at once where it is aborted, and needs a suite', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    const sets = { twin, validation: suite, incidents: [] };
    await expect(runGate(learned, blunt, sets, { ...options, signal })).rejects.toThrow('enough');
    await expect(runGate(learned, blunt, { ...sets, validation: [] }, options)).rejects.toThrow(
      'it is empty',
    );
  });
});
