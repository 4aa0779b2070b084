// A comparison from its plan: the techniques first, then the trainings, then what they are worth.
import type { Served } from '../environment/served.js';
import { jobsOf } from '../evaluation/plan.js';
import type { Results } from '../evaluation/results.js';
import { simulateAll } from '../evaluation/simulate-all.js';
import { Validation, type Standing } from '../learning/validation.js';
import type { ComparedRun, Comparison } from './comparison.js';
import { learn, type Learned } from './learn.js';
import { learnedPlan, techniquesPlan, type ComparisonPlan } from './plan.js';

/** Requests of a validation scenario at a look, as those of `weir train`. */
const LOOK_REQUESTS = 10_000;

export interface ComparisonOptions {
  /** Threads of the evaluations. */
  readonly size: number;
  readonly signal: AbortSignal;
  /** A step begins; what is returned is called with how much of its total is done, and it ends with the next step. */
  readonly onStep: (noun: string, total: number) => (done: number) => void;
}

/** @throws {unknown} the signal's reason where it is aborted */
export async function runComparison(plan: ComparisonPlan, options: ComparisonOptions): Promise<Comparison> {
  const peers = await evaluateTechniques(plan, options);
  const trainings = await trainAll(plan, options);
  const curves = await lookAtAll(plan, trainings, options);
  const results = await evaluateAll(plan, trainings, options);
  const runs = trainings.map(({ algorithm, seed }, i): ComparedRun => {
    const [curve, its] = [curves[i]!, results[i]!];
    return { algorithm, seed, curve, results: its };
  });
  return { plan, peers, runs, backend: trainings.map(({ backend }) => backend).find(Boolean) ?? 'unknown' };
}

async function evaluateTechniques(plan: ComparisonPlan, options: ComparisonOptions): Promise<Results> {
  const its = techniquesPlan(plan);
  const { size, signal, onStep } = options;
  return simulateAll(its, { size, signal, onDone: onStep('runs of the techniques', jobsOf(its).length) });
}

/** Seed by seed, so that whatever else the machine does meets all algorithms alike. */
async function trainAll(plan: ComparisonPlan, { signal, onStep }: ComparisonOptions): Promise<Learned[]> {
  const { algorithms, seeds, budget } = plan;
  const pairs = Array.from({ length: seeds }, (_, i) => i + 1).flatMap((seed) =>
    algorithms.map((algorithm) => ({ algorithm, seed })),
  );
  const [noun, each] = unitOf(budget);
  const onDone = onStep(noun, Math.round(each * pairs.length));
  const trainings: Learned[] = [];
  for (const { algorithm, seed } of pairs) {
    const onProgress = (share: number) => onDone(Math.floor((trainings.length + share) * each));
    trainings.push(await learn(plan, algorithm, seed, { signal, onProgress }));
  }
  return trainings;
}

const unitOf = ({ minutes, updates }: ComparisonPlan['budget']): [noun: string, each: number] =>
  minutes < Infinity ? ['seconds of training', minutes * 60] : ['updates of training', updates];

async function lookAtAll(
  { validation }: ComparisonPlan,
  trainings: readonly Learned[],
  { size, signal, onStep }: ComparisonOptions,
): Promise<ComparedRun['curve'][]> {
  const suite = new Validation(validation, LOOK_REQUESTS, signal, size);
  const seen = new Map<string, Standing>();
  const standing = async (served: Served) => {
    const key = keyOf(served);
    if (!seen.has(key)) seen.set(key, await suite.standing(served));
    return seen.get(key)!;
  };
  const onDone = onStep('looks', trainings.flatMap(({ looks }) => looks).length);
  let done = 0;
  const curves: ComparedRun['curve'][] = [];
  for (const { looks } of trainings) {
    const curve = [];
    for (const { served, ...point } of looks) {
      curve.push({ ...point, ...(await standing(served)) });
      onDone(++done);
    }
    curves.push(curve);
  }
  return curves;
}

/** The same bytes stand where they stood: many a training starts where another one does. */
const keyOf = (served: Served): string =>
  Object.values(served)
    .map((part: string | Uint8Array) =>
      typeof part === 'string' ? part : Buffer.from(part).toString('base64'),
    )
    .join(' ');

async function evaluateAll(
  plan: ComparisonPlan,
  trainings: readonly Learned[],
  { size, signal, onStep }: ComparisonOptions,
): Promise<Results[]> {
  const each = plan.scenarios.length;
  const onDone = onStep('runs of what was learned', each * trainings.length);
  const results: Results[] = [];
  for (const { seed, served } of trainings) {
    const its = learnedPlan(plan, seed, served.policy);
    const before = each * results.length;
    results.push(await simulateAll(its, { size, served, signal, onDone: (done) => onDone(before + done) }));
  }
  return results;
}
