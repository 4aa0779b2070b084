// Percentages that sum to 100 from values that do: whole multiples within bounds, by largest remainder.

export interface Box {
  readonly low: number;
  readonly high: number;
}

/** Closer than this is equal: more than the rounding of the arithmetic, less than any percentage matters. */
export const EPSILON = 1e-6;

export interface Wanted {
  readonly value: number;
  /** Decides between equal values. */
  readonly share: number;
}

/** Multiples of `step` in the boxes; where none sum to 100, of the next smaller divisor of 100. */
export function multiples(
  wanted: readonly Wanted[],
  boxes: readonly Box[],
  step: number,
): number[] | undefined {
  for (let size = step; size >= 1; size--) {
    if (100 % size !== 0) continue;
    const units = boxes.map(({ low, high }) => ({
      low: Math.ceil(low / size - EPSILON),
      high: Math.floor(high / size + EPSILON),
    }));
    const inUnits = wanted.map(({ value, share }) => ({ value: value / size, share }));
    const weights = apportioned(inUnits, units, 100 / size);
    if (weights !== undefined) return weights.map((weight) => weight * size);
  }
  return undefined;
}

/** Whole numbers that may pass a bound by less than 1: there always are some, since the wanted ones lie in the boxes. */
export function whole(wanted: readonly Wanted[], boxes: readonly Box[]): number[] {
  const units = boxes.map(({ low, high }) => ({ low: Math.floor(low), high: Math.ceil(high) }));
  return apportioned(wanted, units, 100)!;
}

/** Whole numbers in the boxes that sum to `total`, by largest remainder; undefined where there are none. */
function apportioned(wanted: readonly Wanted[], boxes: readonly Box[], total: number): number[] | undefined {
  const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
  if (boxes.some(({ low, high }) => low > high)) return undefined;
  if (sum(boxes.map(({ low }) => low)) > total || sum(boxes.map(({ high }) => high)) < total)
    return undefined;
  const units = wanted.map(({ value }, i) =>
    Math.min(boxes[i]!.high, Math.max(boxes[i]!.low, Math.floor(value + EPSILON))),
  );
  for (let missing = total - sum(units); missing !== 0; missing = total - sum(units)) {
    const sign = Math.sign(missing);
    const isOpen = (i: number) => (sign > 0 ? units[i]! < boxes[i]!.high : units[i]! > boxes[i]!.low);
    const isBefore = (a: number, b: number) => {
      const gain = sign * (wanted[a]!.value - units[a]! - wanted[b]!.value + units[b]!);
      return Math.abs(gain) > EPSILON ? gain > 0 : sign * (wanted[a]!.share - wanted[b]!.share) > 0;
    };
    const open = units.flatMap((_, i) => (isOpen(i) ? [i] : []));
    units[open.reduce((a, b) => (isBefore(b, a) ? b : a))]! += sign;
  }
  return units;
}
