// Population-based training (Jaderberg et al., 2017): several trainings side by side; now and then the worst one goes on from
// the best one's state, with hyperparameters a little off the best one's. So learning rate, entropy weight and reward
// weights follow what works at the time.
import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Hyperparameters } from '../algorithms/algorithm.js';
import { createRandom, type Random } from '../environment/random.js';
import { train, type TrainingOptions, type TrainingResult } from './training.js';
import type { Standing, Validation } from './validation.js';

export interface PopulationOptions extends Omit<
  TrainingOptions,
  'checkpoint' | 'workers' | 'updates' | 'validation'
> {
  /** Trainings of one worker each. */
  readonly members: number;
  /** Time between two comparisons. */
  readonly everyMs: number;
  /** What members are compared on: not the suite for validation, which nothing may be chosen by. */
  readonly suite: Validation;
  readonly onRound?: (round: PopulationRound) => void;
}

export interface PopulationRound {
  readonly round: number;
  readonly members: readonly { readonly hyperparameters: Hyperparameters; readonly standing: Standing }[];
  /** Member that went on from which. */
  readonly replaced?: { readonly worst: number; readonly best: number };
}

export interface PopulationResult extends TrainingResult {
  readonly hyperparameters: Hyperparameters;
  readonly rounds: readonly PopulationRound[];
}

/** Weight of the tail beside the mean. */
const TAIL = 0.7;
const FACTORS = [0.8, 1.25] as const;

/** Lower is better. */
export const cost = ({ mean, p99 }: Standing): number => Math.log(mean) + TAIL * Math.log(p99);

/** Each of what is adapted goes a step up or down. */
export function perturbed(of: Hyperparameters, random: Random): Hyperparameters {
  const off = (value: number) => value * FACTORS[random.int(FACTORS.length)]!;
  const { learningRate, entropy, reward } = of;
  return {
    ...of,
    learningRate: off(learningRate),
    entropy: off(entropy),
    reward: { ...reward, others: off(reward.others), errors: off(reward.errors) },
  };
}

/** Resolves with the best member when the time is over. */
export async function trainPopulation(options: PopulationOptions): Promise<PopulationResult> {
  const { members: size, seed, minutes, everyMs, suite, signal } = options;
  const random = createRandom(seed).fork('population');
  const folder = mkdtempSync(join(tmpdir(), 'weir-population-'));
  const pathOf = (member: number) => join(folder, `${member}.checkpoint`);
  const members = Array.from({ length: size }, (_, member) =>
    member === 0 ? options.hyperparameters : perturbed(options.hyperparameters, random),
  );
  const rounds: PopulationRound[] = [];
  const count = Math.max(1, Math.round((minutes * 60_000) / everyMs));
  try {
    for (let round = 0; ; round++) {
      const results = await Promise.all(
        members.map((hyperparameters, member) =>
          train({
            ...options,
            hyperparameters,
            seed: seed + member,
            workers: 1,
            updates: Infinity,
            checkpoint: { path: pathOf(member), everyMs: 2 * everyMs, resume: round > 0 },
            signal: AbortSignal.any([signal, AbortSignal.timeout(everyMs)]),
          }),
        ),
      );
      const standings: Standing[] = [];
      for (const { served } of results) standings.push(await suite.standing(served));
      const order = standings
        .map((_, member) => member)
        .sort((a, b) => cost(standings[a]!) - cost(standings[b]!));
      const [best, worst] = [order[0]!, order.at(-1)];
      const isLast = round + 1 >= count || signal.aborted;
      const seen = members.map((hyperparameters, member) => ({
        hyperparameters,
        standing: standings[member]!,
      }));
      rounds.push({ round, members: seen, ...(!isLast && best !== worst && { replaced: { worst, best } }) });
      options.onRound?.(rounds.at(-1));
      if (isLast) return { ...results[best]!, hyperparameters: members[best]!, rounds };
      if (best === worst) continue;
      copyFileSync(pathOf(best), pathOf(worst));
      members[worst] = perturbed(members[best]!, random);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
