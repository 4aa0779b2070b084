// One training, with what it serves at given shares of its budget. Nobody looks at it meanwhile: that would take the time
// of the very threads that learn.
import { defaultsOf } from '../algorithms/defaults.js';
import { algorithmNamed } from '../algorithms/registry.js';
import type { Served } from '../environment/served.js';
import { train, type TrainingMoment } from '../learning/training.js';
import type { Budget, ComparisonPlan } from './plan.js';

/** A training at one share of its budget. */
export interface Look {
  readonly progress: number;
  readonly decisions: number;
  readonly elapsedMs: number;
  readonly served: Served;
}

export interface Learned {
  readonly algorithm: string;
  readonly seed: number;
  readonly looks: readonly Look[];
  readonly served: Served;
  /** What TensorFlow.js computed on. */
  readonly backend: string;
}

export interface LearnOptions {
  readonly signal: AbortSignal;
  /** @param share of the budget that is spent */
  readonly onProgress: (share: number) => void;
}

/** @throws {unknown} the signal's reason where it is aborted */
export async function learn(
  plan: ComparisonPlan,
  algorithm: string,
  seed: number,
  { signal, onProgress }: LearnOptions,
): Promise<Learned> {
  const looks = new Looks(plan.looks);
  let backend = '';
  const result = await train({
    algorithm,
    hyperparameters: defaultsOf(algorithmNamed(algorithm)),
    seed,
    workers: plan.workers,
    ...plan.budget,
    scenarios: [],
    signal,
    onReport: (report) => (backend = report.backend),
    onMoment: (moment) => {
      const share = spent(plan.budget, moment);
      looks.add(share, moment);
      onProgress(share);
    },
  });
  signal.throwIfAborted();
  const { served } = result;
  looks.add(1, { ...result, served: () => served });
  onProgress(1);
  return { algorithm, seed, looks: looks.taken, served, backend };
}

/** Share of the budget, at most 1; the one that ends first counts. */
export const spent = (
  { minutes, updates }: Budget,
  { updates: done, elapsedMs }: Pick<TrainingMoment, 'updates' | 'elapsedMs'>,
): number => Math.min(1, Math.max(done / updates, elapsedMs / (minutes * 60_000)));

/** Takes what is served when a share is reached, and for all shares that are passed at once. */
export class Looks {
  readonly taken: Look[] = [];

  /** @param shares ascending */
  constructor(readonly shares: readonly number[]) {}

  add(share: number, moment: TrainingMoment): void {
    const due = this.shares.filter((at, i) => i >= this.taken.length && at <= share);
    if (due.length === 0) return;
    const { decisions, elapsedMs } = moment;
    const served = moment.served();
    this.taken.push(...due.map((progress) => ({ progress, decisions, elapsedMs, served })));
  }
}
