// From shares of the traffic to the weights of a route: whole percentages that sum to 100, within the operator's range,
// a limited way from what they are now, and only where it is worth a change.
import { EPSILON, multiples, whole, type Box } from './largest-remainder.js';

export interface WeightRange {
  /** Bounds of a weight as multiples of the fair share; min <= 1 <= max. */
  readonly min: number;
  readonly max: number;
  /** Percentage points; divides 100. Weights are multiples of it, and stay while all are closer than it to their aim. */
  readonly step: number;
  /** The most that one weight moves in one update, percentage points; at least a step. */
  readonly maxMove: number;
}

export interface Destination {
  /** Of the traffic, as the policy wants it; these sum to 1. */
  readonly share: number;
  /** The fair share: its part of all endpoints; these sum to 1. */
  readonly fair: number;
  /** Its weight now, in percent; these sum to 100. */
  readonly weight: number;
}

/** Percentages in the order of `destinations`; undefined where none is a step away from what it should be. */
export function nextWeights(destinations: readonly Destination[], range: WeightRange): number[] | undefined {
  const boxes = destinations.map(({ fair }) => ({
    low: 100 * range.min * fair,
    high: Math.min(100, 100 * range.max * fair),
  }));
  const aim = within(
    destinations.map(({ share }) => share),
    boxes,
  );
  const distance = Math.max(...destinations.map(({ weight }, i) => Math.abs(aim[i]! - weight)));
  const isInRange = destinations.every(({ weight }, i) => isWithin(weight, boxes[i]!));
  if (distance < EPSILON || (isInRange && distance < range.step - EPSILON)) return undefined;
  const part = Math.min(1, range.maxMove / distance);
  const next = destinations.map(({ weight, share }, i) => ({
    value: weight + part * (aim[i]! - weight),
    share,
  }));
  const { maxMove } = range;
  const inRange = destinations.map(({ weight }, i) => ({
    low: Math.max(boxes[i]!.low, weight - maxMove),
    high: Math.min(boxes[i]!.high, weight + maxMove),
  }));
  // Where that cannot be yet: no further out of the range than now.
  const onTheWay = destinations.map(({ weight }, i) => ({
    low: Math.max(Math.min(boxes[i]!.low, weight), weight - maxMove),
    high: Math.min(Math.max(boxes[i]!.high, weight), weight + maxMove),
  }));
  const weights =
    multiples(next, inRange, range.step) ?? multiples(next, onTheWay, range.step) ?? whole(next, onTheWay);
  return weights.every((weight, i) => weight === destinations[i]!.weight) ? undefined : weights;
}

/** Sum of the absolute changes, in percentage points. */
export function movement(from: readonly number[], to: readonly number[]): number {
  return to.reduce((sum, weight, i) => sum + Math.abs(weight - from[i]!), 0);
}

function isWithin(weight: number, { low, high }: Box): boolean {
  return weight > low - 1 && weight < high + 1;
}

/** Scales the shares by one factor, clamped to the boxes, so that they sum to 100: their order stays. */
function within(shares: readonly number[], boxes: readonly Box[]): number[] {
  const clamped = (factor: number) =>
    // A share of nothing gets what is left over where all others are at their bounds.
    shares.map((share, i) => Math.min(boxes[i]!.high, Math.max(boxes[i]!.low, factor * (share + 1e-9))));
  const total = (factor: number) => clamped(factor).reduce((sum, weight) => sum + weight, 0);
  // In logarithms: the range of what may be needed is wide, and 60 halvings of it are a float's precision.
  let [low, high] = [1e-4, 1e12];
  for (let i = 0; i < 60; i++) {
    const middle = Math.sqrt(low * high);
    if (total(middle) < 100) low = middle;
    else high = middle;
  }
  return clamped(high);
}
