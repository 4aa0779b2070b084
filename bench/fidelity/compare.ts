// Simulated against real: ratios by cell (a scenario under a policy), and whether both rank the policies alike.
import { geometricMean, pooledDeviation } from './statistics.js';

export const FIGURES = ['p50Ms', 'p99Ms'] as const;
export type Figure = (typeof FIGURES)[number];

/** A latency by seed, measured and simulated on the same workload; the simulator threw its dice several times. */
export interface Pair {
  readonly real: readonly number[];
  readonly simulated: readonly (readonly number[])[];
}

export interface Cell extends Record<Figure, Pair> {
  readonly scenario: string;
  readonly policy: string;
}

/** Standard errors that two policies must lie apart to be ranked. */
const APART = 2;

/** Geometric mean over the seeds. */
export const latency = (pair: Pair, side: keyof Pair): number => geometricMean(pair[side].flat());

export const ratio = (pair: Pair): number => latency(pair, 'simulated') / latency(pair, 'real');

/** How far a ratio is from 1, the larger way round: 0.2 for 1.2 as for 1 / 1.2. */
export const gap = (value: number): number => Math.max(value, 1 / value) - 1;

/**
 * Standard error of a cell's real latency, relative. From how much real / simulated differs between seeds: the workload is
 * the same on both sides and cancels out, what is left are the dice of the policies and the machine's moods. No less than
 * what the dice do in the simulator, which is all that a single seed tells.
 */
export function noiseOf(cells: readonly Cell[], figure: Figure): number {
  const pairs = cells.map((cell) => cell[figure]);
  const ofMesh = pooledDeviation(
    pairs.map(({ real, simulated }) =>
      real.map((value, seed) => Math.log(value / geometricMean(simulated[seed]!))),
    ),
  );
  const ofDice = pooledDeviation(
    pairs.flatMap(({ simulated }) => simulated.map((throws) => throws.map(Math.log))),
  );
  return Math.max(ofMesh, ofDice) / Math.sqrt(pairs[0]!.real.length);
}

export interface Ranking {
  /** Policies from the lowest latency on, `=` between neighbours that are within noise. */
  readonly real: string;
  readonly simulated: string;
  /** Kendall's tau over the pairs of policies that are apart in both; 1 where none is. */
  readonly tau: number;
  /** No pair is ranked one way here and the other way there. */
  readonly agrees: boolean;
}

/** @param noise standard error of a cell, relative */
export function rank(cells: readonly Cell[], figure: Figure, noise: number): Ranking {
  // Of a difference of two.
  const apart = APART * Math.SQRT2 * noise;
  const sides = (['real', 'simulated'] as const).map((side) =>
    cells.map((cell) => ({ policy: cell.policy, log: Math.log(latency(cell[figure], side)) })),
  );
  const order = (a: number, b: number): number => (Math.abs(a - b) <= apart ? 0 : Math.sign(a - b));
  let [concordant, discordant] = [0, 0];
  for (let i = 0; i < cells.length; i++) {
    for (let k = 0; k < i; k++) {
      const product = sides.reduce((sign, side) => sign * order(side[i]!.log, side[k]!.log), 1);
      if (product > 0) concordant++;
      else if (product < 0) discordant++;
    }
  }
  const [real, simulated] = sides.map((side) => {
    const sorted = side.toSorted((a, b) => a.log - b.log);
    return sorted
      .map(({ policy, log }, i) => {
        if (i === 0) return policy;
        return `${order(log, sorted[i - 1]!.log) === 0 ? '=' : '<'} ${policy}`;
      })
      .join(' ');
  });
  return {
    real: real!,
    simulated: simulated!,
    tau: concordant + discordant > 0 ? (concordant - discordant) / (concordant + discordant) : 1,
    agrees: discordant === 0,
  };
}
