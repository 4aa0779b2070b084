// Choosing among eligible endpoints: uniformly, by two choices, by the best score with fair ties, by weight.
import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { uniform } from '../math';

/** Number of eligible endpoints. */
export function eligibleCount(table: EndpointTable): i32 {
  let count = 0;
  const lane = table.lane(Lane.Eligible);
  for (let o = 0, end = table.size << 2; o < end; o += 16) {
    count += popcnt(i32x4.bitmask(f32x4.gt(v128.load(lane + o), f32x4.splat(0))));
  }
  return count;
}

/** The `n`-th eligible endpoint (from 0), or -1. */
export function nthEligible(table: EndpointTable, n: i32): i32 {
  const lane = table.lane(Lane.Eligible);
  for (let i = 0; i < table.size; i++) {
    if (load<f32>(lane + (i << 2)) > 0 && n-- == 0) return i;
  }
  return -1;
}

/** A uniform index below `count` from 32 random bits, without division (Lemire's multiplication, bias < 2^-24). */
export function below(count: i32, bits: u32): i32 {
  return (((bits as u64) * (count as u64)) >> 32) as i32;
}

export function pickUniform(table: EndpointTable, bits: u32): i32 {
  const count = eligibleCount(table);
  return count == 0 ? -1 : nthEligible(table, below(count, bits));
}

/** Two different eligible endpoints drawn uniformly; the second is -1 where there is only one. */
@unmanaged
export class Pair {
  first: i32 = -1;
  second: i32 = -1;

  draw(table: EndpointTable, bits: u64): void {
    const count = eligibleCount(table);
    this.first = this.second = -1;
    if (count == 0) return;
    const a = below(count, bits as u32);
    this.first = nthEligible(table, a);
    if (count == 1) return;
    const b = below(count - 1, (bits >> 32) as u32);
    this.second = nthEligible(table, b < a ? b : b + 1);
  }
}

/** The eligible endpoint with the greatest value in `lane`; ties are drawn uniformly from `bits`. */
export function pickGreatest(table: EndpointTable, lane: Lane, bits: u32): i32 {
  let best: f32 = -Infinity;
  let ties = 0;
  const eligible = table.lane(Lane.Eligible);
  const values = table.lane(lane);
  for (let i = 0; i < table.size; i++) {
    if (load<f32>(eligible + (i << 2)) <= 0) continue;
    const value = load<f32>(values + (i << 2));
    if (value > best) {
      best = value;
      ties = 1;
    } else if (value == best) {
      ties++;
    }
  }
  if (ties == 0) return pickUniform(table, bits);
  let skip = below(ties, bits);
  for (let i = 0; i < table.size; i++) {
    if (load<f32>(eligible + (i << 2)) <= 0 || load<f32>(values + (i << 2)) != best) continue;
    if (skip-- == 0) return i;
  }
  return -1;
}

/** An eligible endpoint drawn with the probabilities in the `Weight` lane (their sum is 1). */
export function pickWeighted(table: EndpointTable, bits: u32): i32 {
  let remaining = uniform(bits);
  let last = -1;
  const weights = table.lane(Lane.Weight);
  for (let i = 0; i < table.size; i++) {
    // What is not eligible has no weight.
    const weight = load<f32>(weights + (i << 2));
    if (weight <= 0) continue;
    last = i;
    remaining -= weight;
    if (remaining < 0) return i;
  }
  // Rounding of the sum may leave a crumb: it belongs to the last one.
  return last;
}
