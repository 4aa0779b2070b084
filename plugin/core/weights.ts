// From scores to weights: softmax, then the operator's bounds (min, max, step) of settings.ts.
import { EndpointTable } from './endpoint-table';
import { Lane } from './lanes';
import { exp2x4 } from './math';
import { WeightBounds } from './settings';

/** Rounds of clamping until the weights are taken as they are: each fixes at least one endpoint at a bound. */
const MAX_ROUNDS: i32 = 8;

/**
 * Sets the `Weight` lane to the probabilities of the next decision: proportional to 2^(score / temperature) over the
 * `eligible` endpoints, within bounds, their sum 1. With a step, weights are multiples of step/n and move at most one
 * step from those of the last decision.
 */
export function weigh(table: EndpointTable, temperature: f32, bounds: WeightBounds, eligible: i32): void {
  if (eligible == 0) return;
  const fair: f32 = 1 / (eligible as f32);
  const step: f32 = bounds.step * fair;
  const target = step > 0 ? Lane.Score : Lane.Weight;
  softmax(table, target, temperature);
  // Bounds that exclude each other cannot be met: the fair share lies within any that do not.
  const least: f32 = min(bounds.min, 1) * fair;
  const most: f32 = max(bounds.max, 1) * fair;
  if (least > 0 || most < 1) clamp(table, target, least, most);
  if (step > 0) approach(table, step);
}

/** 2^((score - best) / temperature), normalised, into `out` (which may be the score's own lane). */
function softmax(table: EndpointTable, out: Lane, temperature: f32): void {
  const end = table.size << 2;
  const scores = table.lane(Lane.Score);
  const eligible = table.lane(Lane.Eligible);
  const weights = table.lane(out);
  const zero = f32x4.splat(0);
  let best = f32x4.splat(-Infinity);
  for (let o = 0; o < end; o += 16) {
    const usable = f32x4.gt(v128.load(eligible + o), zero);
    best = f32x4.max(best, v128.bitselect(v128.load(scores + o), f32x4.splat(-Infinity), usable));
  }
  const top = f32x4.splat(
    max(
      max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)),
      max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)),
    ),
  );
  const sharpness = f32x4.splat(1 / temperature);
  let sum = zero;
  for (let o = 0; o < end; o += 16) {
    const usable = f32x4.gt(v128.load(eligible + o), zero);
    const weight = exp2x4(f32x4.mul(f32x4.sub(v128.load(scores + o), top), sharpness));
    const kept = v128.and(weight, usable);
    v128.store(weights + o, kept);
    sum = f32x4.add(sum, kept);
  }
  let total: f32 = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1);
  total += f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3);
  const factor = f32x4.splat(1 / total);
  for (let o = 0; o < end; o += 16) v128.store(weights + o, f32x4.mul(v128.load(weights + o), factor));
}

/** Moves what lies outside the bounds to them and shares the rest in proportion, until nothing lies outside. */
function clamp(table: EndpointTable, lane: Lane, least: f32, most: f32): void {
  const eligible = table.lane(Lane.Eligible);
  const weights = table.lane(lane);
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let fixed: f32 = 0;
    let free: f32 = 0;
    let outside = false;
    for (let o: usize = 0, end = (table.size as usize) << 2; o < end; o += 4) {
      if (load<f32>(eligible + o) <= 0) continue;
      const weight = load<f32>(weights + o);
      if (weight <= least || weight >= most) {
        const bound = weight <= least ? least : most;
        outside = outside || weight != bound;
        fixed += bound;
        store<f32>(weights + o, bound);
      } else {
        free += weight;
      }
    }
    if (!outside) return;
    if (free > 0 && fixed < 1) {
      rescale(table, lane, least, most, (1 - fixed) / free);
    } else {
      return spread(table, lane, least, most, 1 - fixed - free);
    }
  }
}

/** Scales the weights strictly between the bounds. */
function rescale(table: EndpointTable, lane: Lane, least: f32, most: f32, factor: f32): void {
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) continue;
    const weight = table.get(lane, i);
    if (weight > least && weight < most) table.set(lane, i, weight * factor);
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

/** Moves `Weight` at most one step towards `Score` (the wanted weights), on the grid of steps, then to the sum 1. */
function approach(table: EndpointTable, step: f32): void {
  let sum: f32 = 0;
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) {
      table.set(Lane.Weight, i, 0);
      continue;
    }
    const past = table.get(Lane.Weight, i);
    const move = min(step, max(-step, table.get(Lane.Score, i) - past));
    // The first decision has no past: it starts from what is wanted.
    const wanted = past > 0 ? past + move : table.get(Lane.Score, i);
    const weight = max<f32>(0, nearest<f32>(wanted / step) * step);
    table.set(Lane.Weight, i, weight);
    sum += weight;
  }
  for (let i = 0; i < table.size; i++) {
    if (!table.isEligible(i)) continue;
    // All rounded to nothing: the wanted weights as they are.
    table.set(Lane.Weight, i, sum > 0 ? table.get(Lane.Weight, i) / sum : table.get(Lane.Score, i));
  }
}
