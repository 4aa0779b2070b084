// Logarithmic axes of ratios: 1 is always on them, and labels keep apart.

/** Even steps for the narrow ranges, in which a logarithm is almost even; then, for wide ones, digits of each decade. */
const STEPS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
const DIGITS = [[1, 1.5, 2, 3, 5, 7], [1, 2, 5], [1, 3], [1]];
const DECADES = [0.001, 0.01, 0.1, 1, 10];
/** More even steps than this would cover decades. */
const MOST_STEPS = 20;
/** Left around what is drawn, as a factor. */
const MARGIN = 1.06;
/** Where an axis ends: who is much slower than all others must not press them together. */
const HIGHEST = 1.5;

/** The range of an axis, from the values themselves: a wide interval may be cut, else it would hide all others. */
export function ratioDomain(values: readonly number[]): [low: number, high: number] {
  const finite = [1, ...values.filter((value) => Number.isFinite(value) && value > 0)];
  return [Math.min(...finite) / MARGIN, Math.min(HIGHEST, Math.max(...finite) * MARGIN)];
}

/**
 * What is past the end of an axis is drawn at its edge, and marked. `from` and `to` are what the axis shows of the interval:
 * a mark that is clipped would still count in the figure's layout.
 */
export function withEdge<T extends Ratio>(row: T, [least, most]: readonly [number, number]): T & Shown {
  const { value, low, high } = row;
  const shown = (at: number) => Math.min(Math.max(at, least), most);
  return { ...row, shown: shown(value), from: shown(low), to: shown(high), isPast: value > most };
}

interface Ratio {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

interface Shown {
  readonly shown: number;
  readonly from: number;
  readonly to: number;
  readonly isPast: boolean;
}

/**
 * The finest ticks that keep apart.
 * @param length of the axis, px; @param apart between two labels at least, px
 */
export function ratioTicks([low, high]: readonly [number, number], length: number, apart: number): number[] {
  const position = (tick: number) => (Math.log(tick / low) / Math.log(high / low)) * length;
  const isApart = (ticks: readonly number[]) =>
    ticks.every((tick, i) => i === 0 || position(tick) - position(ticks[i - 1]!) >= apart);
  const even = STEPS.filter((step) => (high - low) / step <= MOST_STEPS).map((step) =>
    Array.from({ length: MOST_STEPS + 1 }, (_, i) => step * (Math.ceil(low / step) + i)),
  );
  const byDecade = DIGITS.map((digits) => DECADES.flatMap((decade) => digits.map((digit) => decade * digit)));
  const candidates = [...even, ...byDecade].map((ticks) =>
    ticks.map((tick) => Number(tick.toPrecision(3))).filter((tick) => tick >= low && tick <= high),
  );
  return candidates.find(isApart) ?? [1];
}
