// A policy that a table decides: the cost of an endpoint is that of the cell its features lie in, the least cost is chosen,
// and now and then any endpoint. It exists for the simulator alone, to compare tabular learning with.
//
//   u32 dimensions, f32 epsilon
//   dimensions x { u32 feature, u32 edges, edges x i32 edge }     a dimension has edges + 1 bins
//   product of the bins x f32 cost                                 the last dimension runs fastest
import { EndpointTable } from '../core/endpoint-table';
import { FEATURES, copyFeatures, writeContext, writeFeatures } from '../core/features';
import { Lane } from '../core/lanes';
import { writeEwmaCosts } from '../core/policies/ewma-full';
import { eligibleCount, pickWeighted } from '../core/policies/pick';
import { Policy, Request } from '../core/policies/policy';
import { greatest } from '../core/weights';

const MAX_BYTES: i32 = 65536;
const row: usize = memory.data(FEATURES);

/** The table as it was given, checked once. */
export class Table {
  private bytes: usize = heap.alloc(MAX_BYTES);
  private dimensions: i32 = 0;
  private costs: usize = 0;
  epsilon: f32 = 0;

  /** Returns whether the bytes hold a table; where not, it must not be used. */
  decode(bytes: usize, length: i32): bool {
    if (length < 8 || length > MAX_BYTES) return false;
    memory.copy(this.bytes, bytes, length);
    this.dimensions = load<i32>(this.bytes);
    this.epsilon = load<f32>(this.bytes, 4);
    if (!(this.epsilon >= 0 && this.epsilon <= 1)) return false;
    let cells = 1;
    let at = 8;
    for (let d = 0; d < this.dimensions; d++) {
      if (at + 8 > length) return false;
      const edges = load<i32>(this.bytes + at, 4);
      if (load<u32>(this.bytes + at) >= (FEATURES as u32) || edges < 0 || edges > 255) return false;
      cells *= edges + 1;
      at += 8 + (edges << 2);
      if (cells > MAX_BYTES || at > length) return false;
    }
    this.costs = this.bytes + at;
    return at + (cells << 2) == length;
  }

  /** Cost of an endpoint with the int8 features at `features`. */
  cost(features: usize): f32 {
    let cell = 0;
    let at = this.bytes + 8;
    for (let d = 0; d < this.dimensions; d++) {
      const value = load<i8>(features + load<u32>(at)) as i32;
      const edges = load<i32>(at, 4);
      at += 8;
      let bin = 0;
      for (let e = 0; e < edges; e++) if (value >= load<i32>(at + (e << 2))) bin++;
      cell = cell * (edges + 1) + bin;
      at += edges << 2;
    }
    return load<f32>(this.costs + (cell << 2));
  }
}

export class TablePolicy extends Policy {
  private chance: f32 = 1;

  constructor(private costs: Table) {
    super();
  }

  choose(table: EndpointTable, request: Request, now: f64, bits: u64): i32 {
    const eligible = eligibleCount(table);
    if (eligible == 0) return -1;
    const at = table.relative(now);
    writeEwmaCosts(table, Lane.Base);
    writeFeatures(table, at, greatest(table, Lane.Base, Lane.Present));
    writeContext(table, request, at);
    this.weigh(table, eligible as f32);
    const chosen = pickWeighted(table, bits as u32);
    this.chance = chosen < 0 ? 1 : table.get(Lane.Weight, chosen);
    return chosen;
  }

  override probability(): f32 {
    return this.chance;
  }

  /** Sets the `Weight` lane: epsilon over all that are eligible, the rest over those of least cost. */
  private weigh(table: EndpointTable, eligible: f32): void {
    let least: f32 = Infinity;
    let ties: f32 = 0;
    for (let slot = 0; slot < table.size; slot++) {
      if (!table.isEligible(slot)) continue;
      copyFeatures(slot, row);
      const cost = this.costs.cost(row);
      table.set(Lane.Score, slot, -cost);
      if (cost < least) ties = 0;
      if (cost <= least) ties++;
      least = min(least, cost);
    }
    const epsilon = this.costs.epsilon;
    for (let slot = 0; slot < table.size; slot++) {
      let weight: f32 = 0;
      if (table.isEligible(slot)) {
        weight = epsilon / eligible;
        if (table.get(Lane.Score, slot) == -least) weight += (1 - epsilon) / ties;
      }
      table.set(Lane.Weight, slot, weight);
    }
  }
}
