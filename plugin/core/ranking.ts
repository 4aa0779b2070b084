// The ranked list: the chosen endpoint first, then those that a retry should try.
import { EndpointTable } from './endpoint-table';
import { Lane } from './lanes';
import { mix } from './math';

export const RANKS: i32 = 3;

/**
 * Fills `ranked` with `chosen` and up to two others, the eligible ones with the fewest requests in flight (ties by
 * `bits`, so that the retries of a dead endpoint do not all go to one other); returns how many there are.
 */
export function rank(table: EndpointTable, chosen: i32, ranked: StaticArray<i32>, bits: u32): i32 {
  unchecked((ranked[0] = chosen));
  let second = -1;
  let third = -1;
  let secondCost: f32 = Infinity;
  let thirdCost: f32 = Infinity;
  const eligible = table.lane(Lane.Eligible);
  const own = table.lane(Lane.Requests);
  const siblings = table.lane(Lane.SiblingRequests);
  for (let i = 0; i < table.size; i++) {
    const o = i << 2;
    if (i == chosen || load<f32>(eligible + o) <= 0) continue;
    // A tie-break below 1: 2^-24 of random bits.
    const cost = load<f32>(own + o) + load<f32>(siblings + o) + ((mix(bits, i) >> 9) as f32) * 1e-7;
    if (cost < secondCost) {
      third = second;
      thirdCost = secondCost;
      second = i;
      secondCost = cost;
    } else if (cost < thirdCost) {
      third = i;
      thirdCost = cost;
    }
  }
  let count = 1;
  if (second >= 0) unchecked((ranked[count++] = second));
  if (third >= 0) unchecked((ranked[count++] = third));
  return count;
}
