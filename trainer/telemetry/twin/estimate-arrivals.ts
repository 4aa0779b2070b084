// The rate of arrivals and how it varies: steady, bursts of two states, or as it was.
import type { LoadPattern } from '../../environment/schema.js';
import { digits, mean, sum } from './series.js';

export interface ArrivalEstimate {
  /** Requests a second. */
  readonly rate: number;
  readonly pattern: LoadPattern;
  /** The windows one by one, for who wants to see again what was seen; `steady` where all are alike. */
  readonly replay: LoadPattern;
}

/** Parts of a window in which the state is one or the other. */
const STEPS = 6;
/** Log likelihood that a pattern of three parameters must win (Schwarz: 1.5 log n, doubled). */
const worth = (windows: number): number => 3 * Math.log(windows);
/** Longer phases than this many windows are seen one by one: as it was says more than two states. */
const LONG_PHASE = 12;
const FACTORS = [1.25, 1.6, 2, 2.6, 3.5, 5];
const SHARES = [0.06, 0.12, 0.2, 0.3, 0.42, 0.6];
const PHASES = [0.3, 0.6, 1, 1.7, 3, 5, 9];
/** Hills of the likelihood that are climbed. */
const STARTS = 4;

export function estimateArrivals(counts: readonly number[], windowMs: number): ArrivalEstimate {
  const rate = (mean(counts) * 1000) / windowMs;
  const steady = sum(counts.map((count) => logPoisson(count, mean(counts))));
  const burst = bestBurst(counts, windowMs);
  // Each window from its neighbours: what is smooth is told well so, and bursts are not.
  const smooth = sum(counts.map((count, w) => logPoisson(count, around(counts, w, false))));
  const asItWas: LoadPattern = {
    kind: 'trace',
    rates: counts.map((_, w) => digits((around(counts, w, true) * 1000) / windowMs, 4)),
    stepSeconds: windowMs / 1000,
  };
  const isLong = burst.pattern.meanSeconds * 1000 > LONG_PHASE * windowMs;
  const other = isLong || smooth > burst.likelihood ? asItWas : burst.pattern;
  const gain = Math.max(burst.likelihood, smooth) - steady;
  if (gain <= worth(counts.length)) return { rate, pattern: { kind: 'steady' }, replay: { kind: 'steady' } };
  const rates = counts.map((count) => digits((count * 1000) / windowMs, 4));
  return { rate, pattern: other, replay: other === asItWas ? asItWas : { ...asItWas, rates } };
}

/** Mean of a window's two neighbours on each side, with or without itself. */
function around(counts: readonly number[], at: number, withItself: boolean): number {
  const near = counts.slice(Math.max(0, at - 2), at + 3).toSpliced(Math.min(at, 2), withItself ? 0 : 1);
  return Math.max(mean(near), 0.1);
}

type Burst = Extract<LoadPattern, { kind: 'burst' }>;

interface Tried {
  readonly pattern: Burst;
  readonly likelihood: number;
}

/** Maximum likelihood of a hidden Markov model of two states, several steps a window: a grid, and uphill from its best. */
function bestBurst(counts: readonly number[], windowMs: number): Tried {
  const tried = FACTORS.flatMap((factor) =>
    SHARES.filter((share) => share * factor <= 1).flatMap((share) => {
      const seen = emissions(counts, factor, share);
      return PHASES.map((meanSeconds): Tried => {
        const pattern: Burst = { kind: 'burst', factor, share, meanSeconds };
        return { pattern, likelihood: burstLikelihood(seen, pattern, windowMs) };
      });
    }),
  );
  // One start each phase: short strong bursts and long weak ones are hills of their own.
  const starts = PHASES.map((phase) =>
    highest(tried.filter(({ pattern }) => pattern.meanSeconds === phase)),
  ).toSorted((a, b) => b.likelihood - a.likelihood);
  return highest(starts.slice(0, STARTS).map((start) => uphill(counts, start, windowMs)));
}

const highest = (tried: readonly Tried[]): Tried =>
  tried.reduce((best, one) => (one.likelihood > best.likelihood ? one : best));

function uphill(counts: readonly number[], start: Tried, windowMs: number): Tried {
  let [at, step] = [start, 1.2];
  while (step > 1.02) {
    const { factor, share, meanSeconds } = at.pattern;
    const near = [step, 1 / step].flatMap((by): Burst[] => [
      { kind: 'burst', factor: factor * by, share, meanSeconds },
      { kind: 'burst', factor, share: share * by, meanSeconds },
      { kind: 'burst', factor, share, meanSeconds: meanSeconds * by },
      // Along the ridge: as many requests in bursts.
      { kind: 'burst', factor: factor * by, share: share / by, meanSeconds },
    ]);
    const valid = near.filter(
      (pattern) => pattern.factor > 1 && pattern.share < 0.9 && pattern.share * pattern.factor <= 1,
    );
    const next = highest([at, ...valid.map((pattern) => tryBurst(counts, pattern, windowMs))]);
    if (next === at) step = Math.sqrt(step);
    at = next;
  }
  const { factor, share, meanSeconds } = at.pattern;
  const rounded = { factor: digits(factor, 3), share: digits(share, 3), meanSeconds: digits(meanSeconds, 3) };
  // Rounding must not make the rate between bursts negative.
  const pattern: Burst = { kind: 'burst', ...rounded, factor: Math.min(rounded.factor, 1 / rounded.share) };
  return { pattern, likelihood: at.likelihood };
}

function tryBurst(counts: readonly number[], pattern: Burst, windowMs: number): Tried {
  const seen = emissions(counts, pattern.factor, pattern.share);
  return { pattern, likelihood: burstLikelihood(seen, pattern, windowMs) };
}

/** Likelihoods of the windows by how many of their steps are in a burst, each over the window's greatest one. */
interface Emissions {
  readonly weights: Float64Array;
  /** Sum of the logarithms of the greatest ones. */
  readonly greatest: number;
}

function emissions(counts: readonly number[], factor: number, share: number): Emissions {
  const rate = mean(counts);
  const quiet = (1 - share * factor) / (1 - share);
  const levels = Array.from({ length: STEPS + 1 }, (_, on) =>
    Math.max(0.05, rate * (quiet + ((factor - quiet) * on) / STEPS)),
  );
  const weights = new Float64Array(counts.length * levels.length);
  let greatest = 0;
  counts.forEach((count, w) => {
    const logs = levels.map((level) => logPoisson(count, level));
    const top = Math.max(...logs);
    weights.set(
      logs.map((log) => Math.exp(log - top)),
      w * levels.length,
    );
    greatest += top;
  });
  return { weights, greatest };
}

/** The forward pass over the windows. */
function burstLikelihood(
  { weights, greatest }: Emissions,
  { share, meanSeconds }: Burst,
  windowMs: number,
): number {
  const out = 1 - Math.exp(-windowMs / 1000 / STEPS / meanSeconds);
  const into = Math.min(1, (out * share) / (1 - share));
  const paths = pathsBySteps(into, out);
  let [off, on] = [1 - share, share];
  let likelihood = greatest;
  for (let at = 0; at < weights.length; at += STEPS + 1) {
    let [nextOff, nextOn] = [0, 0];
    for (let steps = 0; steps <= STEPS; steps++) {
      const weight = weights[at + steps]!;
      const path = paths[steps]!;
      nextOff += weight * (off * path[0] + on * path[2]);
      nextOn += weight * (off * path[1] + on * path[3]);
    }
    const total = Math.max(nextOff + nextOn, 1e-300);
    likelihood += Math.log(total);
    [off, on] = [nextOff / total, nextOn / total];
  }
  return likelihood;
}

type Paths = [offOff: number, offOn: number, onOff: number, onOn: number];

/** Probabilities to go from state to state over a window with so many of its steps in a burst. */
function pathsBySteps(into: number, out: number): Paths[] {
  const none = (): Paths[] => Array.from({ length: STEPS + 1 }, () => [0, 0, 0, 0]);
  let paths = none();
  paths[0] = [1, 0, 0, 1];
  for (let step = 0; step < STEPS; step++) {
    const next = none();
    paths.forEach(([offOff, offOn, onOff, onOn], on) => {
      // First the step passes in its state, then the state may change.
      const add = (to: Paths | undefined, off: [number, number], burst: [number, number]) => {
        if (to === undefined) return;
        to[0] += off[0];
        to[1] += off[1];
        to[2] += burst[0];
        to[3] += burst[1];
      };
      add(next[on], [offOff * (1 - into), offOff * into], [onOff * (1 - into), onOff * into]);
      add(next[on + 1], [offOn * out, offOn * (1 - out)], [onOn * out, onOn * (1 - out)]);
    });
    paths = next;
  }
  return paths;
}

function logPoisson(count: number, rate: number): number {
  return count * Math.log(rate) - rate;
}
