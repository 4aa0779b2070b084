// From shares of the traffic to the weights of a route: whole percentages that sum to 100, within the operator's range,
// a limited way from what they are now, and only where it is worth a change.

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
  // Rounding of the arithmetic: a distance of exactly a step counts as one.
  if (distance < range.step - 1e-9) return undefined;
  const part = Math.min(1, range.maxMove / distance);
  const next = destinations.map(({ weight }, i) => weight + part * (aim[i]! - weight));
  const reach = destinations.map(({ weight }, i) => ({
    low: Math.max(Math.min(boxes[i]!.low, weight), weight - range.maxMove),
    high: Math.min(Math.max(boxes[i]!.high, weight), weight + range.maxMove),
  }));
  const weights = rounded(next, reach, range.step);
  return weights.every((weight, i) => weight === destinations[i]!.weight) ? undefined : weights;
}

/** Sum of the absolute changes, in percentage points. */
export function movement(from: readonly number[], to: readonly number[]): number {
  return to.reduce((sum, weight, i) => sum + Math.abs(weight - from[i]!), 0);
}

interface Box {
  readonly low: number;
  readonly high: number;
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

/**
 * Multiples of `step` in the boxes; where none sum to 100, of the next smaller divisor of 100. Multiples of 1 may pass a
 * bound by less than 1.
 */
function rounded(values: readonly number[], boxes: readonly Box[], step: number): number[] {
  for (let size = step; size > 1; size--) {
    if (100 % size !== 0) continue;
    const units = boxes.map(({ low, high }) => ({
      low: Math.ceil(low / size - 1e-9),
      high: Math.floor(high / size + 1e-9),
    }));
    const weights = apportioned(
      values.map((value) => value / size),
      units,
      100 / size,
    );
    if (weights !== undefined) return weights.map((weight) => weight * size);
  }
  const units = boxes.map(({ low, high }) => ({ low: Math.floor(low), high: Math.ceil(high) }));
  return apportioned(values, units, 100)!;
}

/** Whole numbers in the boxes that sum to `total`, by largest remainder; undefined where there are none. */
function apportioned(values: readonly number[], boxes: readonly Box[], total: number): number[] | undefined {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  if (boxes.some(({ low, high }) => low > high)) return undefined;
  if (sum(boxes.map(({ low }) => low)) > total || sum(boxes.map(({ high }) => high)) < total)
    return undefined;
  const whole = values.map((value, i) =>
    Math.min(boxes[i]!.high, Math.max(boxes[i]!.low, Math.floor(value + 1e-9))),
  );
  for (let missing = total - sum(whole); missing !== 0; missing = total - sum(whole)) {
    const sign = Math.sign(missing);
    const gain = (i: number) => sign * (values[i]! - whole[i]!);
    const open = whole.flatMap((weight, i) =>
      (sign > 0 ? weight < boxes[i]!.high : weight > boxes[i]!.low) ? [i] : [],
    );
    const best = open.reduce((a, b) => (gain(b) > gain(a) ? b : a));
    whole[best]! += sign;
  }
  return whole;
}
