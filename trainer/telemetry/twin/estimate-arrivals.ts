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
const FACTORS = [1.2, 1.35, 1.5, 1.75, 2, 2.5, 3, 4, 6];
const SHARES = [0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.65];
const PHASES = [0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 12];

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

/** Maximum likelihood over a grid: a hidden Markov model of two states, several steps a window. */
function bestBurst(counts: readonly number[], windowMs: number): { pattern: Burst; likelihood: number } {
  let best = {
    pattern: { kind: 'burst', factor: 1.5, share: 0.3, meanSeconds: 1 } as Burst,
    likelihood: -Infinity,
  };
  const rate = mean(counts);
  for (const factor of FACTORS) {
    for (const share of SHARES) {
      if (factor * share > 1) continue;
      const quiet = (1 - share * factor) / (1 - share);
      const emissions = counts.map((count) =>
        Array.from({ length: STEPS + 1 }, (_, on) =>
          logPoisson(count, Math.max(0.05, rate * (quiet + ((factor - quiet) * on) / STEPS))),
        ),
      );
      for (const meanSeconds of PHASES) {
        const likelihood = burstLikelihood(emissions, share, windowMs / 1000 / STEPS / meanSeconds);
        if (likelihood > best.likelihood)
          best = { pattern: { kind: 'burst', factor, share, meanSeconds }, likelihood };
      }
    }
  }
  return best;
}

/** @param leaving probability rate of leaving the burst, a step */
function burstLikelihood(emissions: readonly (readonly number[])[], share: number, leaving: number): number {
  const out = 1 - Math.exp(-leaving);
  const into = Math.min(1, (out * share) / (1 - share));
  const paths = pathsBySteps(into, out);
  let [off, on] = [1 - share, share];
  let likelihood = 0;
  for (const logs of emissions) {
    const top = Math.max(...logs);
    let [nextOff, nextOn] = [0, 0];
    for (let steps = 0; steps <= STEPS; steps++) {
      const weight = Math.exp(logs[steps]! - top);
      const [a, b, c, d] = paths[steps]!;
      nextOff += weight * (off * a + on * c);
      nextOn += weight * (off * b + on * d);
    }
    const total = nextOff + nextOn;
    likelihood += top + Math.log(Math.max(total, 1e-300));
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
