// The actor before it was quantised: the same features, the same base, the network in floats. It exists for the simulator
// alone, to measure what int8 loses.
//
//   u32 H1, u32 H2, f32 temperature, then f32: W1 (H1 x F), V1 (H1 x C), b1, W2 (H2 x H1), U2 (H2 x H1), b2, w3
import { EndpointTable } from '../core/endpoint-table';
import { CONTEXT, FEATURES, copyContext, copyFeatures, writeContext, writeFeatures } from '../core/features';
import { Lane, MAX_ENDPOINTS } from '../core/lanes';
import { MAX_HIDDEN } from '../core/model';
import { writeEwmaCosts } from '../core/policies/ewma-full';
import { eligibleCount, pickWeighted } from '../core/policies/pick';
import { Policy, Request } from '../core/policies/policy';
import { WeightBounds } from '../core/settings';
import { greatest, weigh } from '../core/weights';

const HEADER: i32 = 12;
/** Features are int8 in units of 1/32. */
const UNIT: f32 = 1.0 / 32.0;
const int8s: usize = memory.data(FEATURES);

export class FloatNetwork {
  hidden1: i32 = 0;
  hidden2: i32 = 0;
  temperature: f32 = 1;
  private weights: usize = 0;

  /** Returns whether the bytes hold a network; where not, it must not be used. */
  decode(bytes: usize, length: i32): bool {
    if (length < HEADER) return false;
    this.hidden1 = load<i32>(bytes);
    this.hidden2 = load<i32>(bytes, 4);
    this.temperature = load<f32>(bytes, 8);
    const h1 = this.hidden1;
    const h2 = this.hidden2;
    if (h1 < 1 || h1 > MAX_HIDDEN || h2 < 1 || h2 > MAX_HIDDEN || !(this.temperature > 0)) return false;
    const count = h1 * (FEATURES + CONTEXT + 1) + 2 * h2 * h1 + 2 * h2;
    if (length != HEADER + (count << 2)) return false;
    this.weights = heap.alloc(count << 2);
    memory.copy(this.weights, bytes + HEADER, count << 2);
    return true;
  }

  /** Sets the `Score` lane to the residuals, of the features and the context that were written last. */
  forward(table: EndpointTable): void {
    const h1 = this.hidden1;
    const w1 = this.weights;
    const v1 = w1 + ((h1 * FEATURES) << 2);
    const b1 = v1 + ((h1 * CONTEXT) << 2);
    const w2 = b1 + (h1 << 2);
    const u2 = w2 + ((this.hidden2 * h1) << 2);
    const b2 = u2 + ((this.hidden2 * h1) << 2);
    const w3 = b2 + (this.hidden2 << 2);
    copyContext(int8s);
    inputs(CONTEXT);
    for (let c = 0; c < h1; c++) setAt(base, c, at(b1, c) + dot(v1, c, row, CONTEXT));
    memory.fill(mean, 0, h1 << 2);
    for (let slot = 0; slot < table.size; slot++) {
      copyFeatures(slot, int8s);
      inputs(FEATURES);
      const hidden = hiddens + ((slot * MAX_HIDDEN) << 2);
      for (let c = 0; c < h1; c++) {
        setAt(hidden, c, Mathf.tanh(at(base, c) + dot(w1, c, row, FEATURES)));
        if (table.isPresent(slot)) setAt(mean, c, at(mean, c) + at(hidden, c) / (table.count as f32));
      }
    }
    for (let c = 0; c < this.hidden2; c++) setAt(base, c, at(b2, c) + dot(u2, c, mean, h1));
    for (let slot = 0; slot < table.size; slot++) {
      const hidden = hiddens + ((slot * MAX_HIDDEN) << 2);
      let residual: f32 = 0;
      for (let c = 0; c < this.hidden2; c++) {
        residual += at(w3, c) * Mathf.tanh(at(base, c) + dot(w2, c, hidden, h1));
      }
      table.set(Lane.Score, slot, residual);
    }
  }
}

const row: usize = memory.data(FEATURES << 2);
const base: usize = memory.data(MAX_HIDDEN << 2);
const mean: usize = memory.data(MAX_HIDDEN << 2);
const hiddens: usize = memory.data((MAX_ENDPOINTS * MAX_HIDDEN) << 2);

function at(values: usize, index: i32): f32 {
  return load<f32>(values + (index << 2));
}

function setAt(values: usize, index: i32, value: f32): void {
  store<f32>(values + (index << 2), value);
}

/** The int8 inputs as numbers. */
function inputs(count: i32): void {
  for (let i = 0; i < count; i++) setAt(row, i, (load<i8>(int8s + i) as f32) * UNIT);
}

/** Row `channel` of a matrix against `width` values. */
function dot(matrix: usize, channel: i32, values: usize, width: i32): f32 {
  let sum: f32 = 0;
  for (let i = 0; i < width; i++) sum += at(matrix, channel * width + i) * at(values, i);
  return sum;
}

export class FloatActor extends Policy {
  private chance: f32 = 1;

  constructor(
    private network: FloatNetwork,
    private bounds: WeightBounds,
  ) {
    super();
  }

  choose(table: EndpointTable, request: Request, now: f64, bits: u64): i32 {
    if (table.count == 0) return -1;
    const relative = table.relative(now);
    writeEwmaCosts(table, Lane.Base);
    writeFeatures(table, relative, greatest(table, Lane.Base, Lane.Present));
    writeContext(table, request, relative);
    this.network.forward(table);
    for (let slot = 0; slot < table.size; slot++) {
      table.set(Lane.Score, slot, table.get(Lane.Score, slot) + table.get(Lane.Base, slot));
    }
    weigh(table, this.network.temperature, this.bounds, eligibleCount(table));
    const chosen = pickWeighted(table, bits as u32);
    this.chance = chosen < 0 ? 1 : table.get(Lane.Weight, chosen);
    return chosen;
  }

  override probability(): f32 {
    return this.chance;
  }
}
