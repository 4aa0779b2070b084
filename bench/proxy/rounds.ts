// Interleaved rounds: every variant once a round, so that what else the machine does falls on all of them alike.
import type { Generator } from './load.js';
import { measure, type Run } from './measure.js';
import type { Running } from './variants.js';

export interface RoundOptions {
  readonly rounds: number;
  readonly seconds: number;
  readonly generator: Generator;
  readonly onRun?: (target: Running, run: Run) => void;
}

/** Runs by target, one a round. Every other round goes backwards: A B, B A, A B. */
export async function runRounds(
  targets: readonly Running[],
  { rounds, seconds, generator, onRun }: RoundOptions,
): Promise<Map<Running, Run[]>> {
  const runs = new Map(targets.map((target) => [target, [] as Run[]]));
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? targets : [...targets].reverse();
    for (const target of order) {
      const run = await measure(target, generator, seconds);
      runs.get(target)?.push(run);
      onRun?.(target, run);
    }
  }
  return runs;
}
