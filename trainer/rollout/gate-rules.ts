// What a set of scenarios demands of a candidate, and what is said where it does not meet it.
import type { Estimate } from '../evaluation/interval.js';
import { points, ratio } from '../evaluation/format.js';
import type { SetFigures } from './gate-statistics.js';

/**
 * `better`: mean and p99 together surely lower, and neither of them higher. `non-inferior`: each surely not higher by more
 * than a margin.
 */
export type GateRule = 'better' | 'non-inferior';

export interface GateLimits {
  /** Of `non-inferior`: a ratio may be so much above 1. */
  readonly margin: number;
  /** Largest p99 ratio of a single scenario. */
  readonly worstP99Ratio: number;
  /** The share of failures may surely not grow by so much, 0 to 1. */
  readonly errorsMore: number;
}

/** Scenarios that a reason names; the tables have them all. */
const NAMED = 3;

/** Everything that speaks against the candidate; nothing where it passes. */
export function objections(figures: SetFigures, rule: GateRule, limits: GateLimits): string[] {
  const { meanRatio, p99Ratio, scoreRatio, errorsMore } = figures;
  const reasons: string[] = [];
  const named = [
    ['mean latency', meanRatio],
    ['p99', p99Ratio],
  ] as const;
  if (rule === 'better') {
    if (!(upper(scoreRatio) < 1))
      reasons.push(`ratio of mean and p99 together ${ratio(scoreRatio)} is not surely below 1`);
    for (const [name, of] of named)
      if (!(of.value <= 1)) reasons.push(`${name} ratio ${ratio(of)} is above 1`);
  } else {
    const bound = 1 + limits.margin;
    for (const [name, of] of named)
      if (!(upper(of) < bound)) reasons.push(`${name} ratio ${ratio(of)} may be above ${bound}`);
  }
  if (!(upper(errorsMore) < limits.errorsMore))
    reasons.push(
      `failures may grow by more than ${percentage(limits.errorsMore)} points: ${points(errorsMore)}`,
    );
  if (errorsMore.interval && errorsMore.interval[0] > 0)
    reasons.push(`more requests fail: ${points(errorsMore)} points`);
  const over = [...overLimit(figures, limits)].sort((a, b) => b.p99Ratio - a.p99Ratio);
  if (over.length > 0) {
    const worst = over.slice(0, NAMED).map((row) => `${row.scenario} ${row.p99Ratio.toFixed(2)}`);
    const more = over.length > NAMED ? ` and ${over.length - NAMED} more` : '';
    reasons.push(`p99 ratio above ${limits.worstP99Ratio} on ${worst.join(', ')}${more}`);
  }
  return reasons;
}

/** Scenarios on which the candidate is far worse, or answered nothing that could be compared. */
export const overLimit = ({ rows }: SetFigures, { worstP99Ratio }: GateLimits) =>
  rows.filter(({ p99Ratio }) => !(p99Ratio <= worstP99Ratio));

/** A first look that no candidate worth a test fails: surely worse, or worse by far. */
export function isClearlyBad({ meanRatio, p99Ratio, errorsMore }: SetFigures, worst: number): boolean {
  const isBad = (of: Estimate, from: number, far: number) =>
    !(of.value <= far) || (of.interval !== undefined && of.interval[0] > from && of.value > (from + far) / 2);
  return isBad(meanRatio, 1, worst) || isBad(p99Ratio, 1, worst) || isBad(errorsMore, 0, 0.05);
}

/** Infinite where one sample tells nothing of how it varies: what is not known is not passed. */
const upper = ({ value, interval }: Estimate): number =>
  Number.isFinite(value) && interval ? interval[1] : Infinity;

const percentage = (share: number): string => (100 * share).toFixed(2);
