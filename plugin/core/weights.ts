// From scores to weights: softmax, then the operator's bounds (min, max, step) of settings.ts.
import { EndpointTable } from './endpoint-table';
import { Lane } from './lanes';
import { exp2x4, max4, sum4 } from './math';
import { WeightBounds } from './settings';

/** Rounds of clamping in proportion; what is left after them is handed out by room, which ends at once. */
const MAX_ROUNDS: i32 = 8;
/** Smaller temperatures count as this one: the reciprocal of a subnormal is not finite. */
const MIN_TEMPERATURE: f32 = 1e-6;
/** What a quotient of floats may miss an integer by. */
const SLACK: f32 = 1e-3;

/**
 * Sets the `Weight` lane to the probabilities of the next decision: proportional to 2^(score / temperature) over the
 * `eligible` endpoints, within bounds, their sum 1. With a step, weights are multiples of 1 / ceil(n / step), which is
 * step/n where 1/step is an integer, and move at most one of these units from those of the last decision.
 */
export function weigh(table: EndpointTable, temperature: f32, bounds: WeightBounds, eligible: i32): void {
  if (eligible == 0) return;
  const n = eligible as f32;
  // Bounds that exclude each other cannot be met: the fair share lies within any that do not.
  let least: f32 = min<f32>(bounds.min, 1) / n;
  let most: f32 = max<f32>(bounds.max, 1) / n;
  if (bounds.step <= 0) {
    softmax(table, Lane.Weight, temperature);
    if (least > 0 || most < 1) clamp(table, Lane.Weight, least, most);
    return;
  }
  const units = ceil<f32>(n / bounds.step - SLACK);
  // The bounds on the grid, as far as the fair share stays between them.
  least = min<f32>(ceil<f32>(least * units - SLACK) / units, 1 / n);
  most = max<f32>(floor<f32>(most * units + SLACK) / units, 1 / n);
  softmax(table, Lane.Score, temperature);
  clamp(table, Lane.Score, least, most);
  approach(table, units);
}

/** The greatest value of `lane` where `mask` is positive; -Infinity where nothing is. */
export function greatest(table: EndpointTable, lane: Lane, mask: Lane): f32 {
  const values = table.lane(lane);
  const usable = table.lane(mask);
  const none = f32x4.splat(-Infinity);
  const zero = f32x4.splat(0);
  let best = none;
  for (let o = 0, end = table.size << 2; o < end; o += 16) {
    const counts = f32x4.gt(v128.load(usable + o), zero);
    best = f32x4.pmax(best, v128.bitselect(v128.load(values + o), none, counts));
  }
  return max4(best);
}

/** 2^((score - best) / temperature), normalised, into `out` (which may be the score's own lane). */
function softmax(table: EndpointTable, out: Lane, temperature: f32): void {
  const end = table.size << 2;
  const scores = table.lane(Lane.Score);
  const eligible = table.lane(Lane.Eligible);
  const weights = table.lane(out);
  const zero = f32x4.splat(0);
  const top = f32x4.splat(greatest(table, Lane.Score, Lane.Eligible));
  const sharpness = f32x4.splat(1 / max(temperature, MIN_TEMPERATURE));
  let sum = zero;
  for (let o = 0; o < end; o += 16) {
    const usable = f32x4.gt(v128.load(eligible + o), zero);
    const weight = exp2x4(f32x4.mul(f32x4.sub(v128.load(scores + o), top), sharpness));
    const kept = v128.and(weight, usable);
    v128.store(weights + o, kept);
    sum = f32x4.add(sum, kept);
  }
  const factor = f32x4.splat(1 / sum4(sum));
  for (let o = 0; o < end; o += 16) v128.store(weights + o, f32x4.mul(v128.load(weights + o), factor));
}

/** Moves what lies outside the bounds to them and shares the rest in proportion, until nothing lies outside. */
function clamp(table: EndpointTable, lane: Lane, least: f32, most: f32): void {
  const end = table.size << 2;
  const eligible = table.lane(Lane.Eligible);
  const weights = table.lane(lane);
  const low = f32x4.splat(least);
  const high = f32x4.splat(most);
  const zero = f32x4.splat(0);
  for (let round = 0; ; round++) {
    let fixed = zero;
    let free = zero;
    let outside = zero;
    for (let o = 0; o < end; o += 16) {
      const weight = v128.load(weights + o);
      const usable = f32x4.gt(v128.load(eligible + o), zero);
      const bounded = v128.and(f32x4.pmax(low, f32x4.pmin(high, weight)), usable);
      const inside = v128.and(f32x4.gt(bounded, low), f32x4.lt(bounded, high));
      v128.store(weights + o, bounded);
      outside = v128.or(outside, f32x4.ne(bounded, weight));
      free = f32x4.add(free, v128.and(bounded, inside));
      fixed = f32x4.add(fixed, v128.andnot(bounded, inside));
    }
    if (!v128.any_true(outside)) return;
    const rest: f32 = 1 - sum4(fixed);
    const share = sum4(free);
    if (share <= 0 || rest <= 0 || round == MAX_ROUNDS) return spread(table, lane, least, most, rest - share);
    const factor = f32x4.splat(rest / share);
    for (let o = 0; o < end; o += 16) {
      const weight = v128.load(weights + o);
      const inside = v128.and(f32x4.gt(weight, low), f32x4.lt(weight, high));
      v128.store(weights + o, v128.bitselect(f32x4.mul(weight, factor), weight, inside));
    }
  }
}

/** Everything sits at a bound: hands `rest` (which may be negative) out in proportion to the room that is left. */
function spread(table: EndpointTable, lane: Lane, least: f32, most: f32, rest: f32): void {
  let room: f32 = 0;
  for (let i = 0; i < table.size; i++) {
    if (table.isEligible(i)) room += rest > 0 ? most - table.get(lane, i) : table.get(lane, i) - least;
  }
  if (room <= 0) return;
  const share = rest / room;
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) continue;
    const weight = table.get(lane, i);
    table.set(lane, i, weight + share * (rest > 0 ? most - weight : weight - least));
  }
}

/**
 * Moves `Weight` towards `Score` (the wanted weights) on the grid of 1/`units`: on the straight line between them, so
 * that sum and bounds hold, no weight by more than a unit; then running sums are rounded, which keeps the sum 1, leaves
 * every weight less than a unit from where it was and so, as both are multiples, at most one unit from the past.
 */
function approach(table: EndpointTable, units: f32): void {
  let sum: f32 = 0;
  for (let i = 0; i < table.size; i++) {
    if (table.isEligible(i)) sum += table.get(Lane.Weight, i);
    else table.set(Lane.Weight, i, 0);
  }
  // The first decision has no past: it starts from what is wanted.
  let farthest: f32 = 0;
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) continue;
    const past = sum > 0 ? table.get(Lane.Weight, i) / sum : table.get(Lane.Score, i);
    farthest = max(farthest, abs(table.get(Lane.Score, i) - past));
    table.set(Lane.Weight, i, past);
  }
  const pace = min<f32>(1, (1 - SLACK) / (farthest * units));
  let exact: f32 = 0;
  let given: f32 = 0;
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) continue;
    const past = table.get(Lane.Weight, i);
    exact += past + (table.get(Lane.Score, i) - past) * pace;
    const upTo = nearest<f32>(exact * units);
    table.set(Lane.Weight, i, (upTo - given) / units);
    given = upTo;
  }
}
