// Decision records: what the policy saw, what it chose and how that went, for learning. A fixed number of slots, taken
// evenly over the interval; clusters of more than 64 endpoints are not recorded.
import { FEATURES, copyContext, copyFeatures } from '../core/features';
import { EndpointTable } from '../core/endpoint-table';
import { MODEL_ID_BYTES, Model } from '../core/model';

export const MAX_RECORDED: i32 = 64;
export const RECORD_BYTES: i32 = 64 + MAX_RECORDED * FEATURES;
const MAX_SLOTS: i32 = 256;

export const enum RecordState {
  Free,
  Open,
  Done,
}

/** One record; `features` follow it in memory: n x FEATURES int8. */
@unmanaged
export class Record {
  state: i32 = 0;
  cluster: i32 = 0;
  endpoints: i32 = 0;
  action: i32 = 0;
  probability: f32 = 0;
  latencyMs: f32 = 0;
  failed: i32 = 0;
  pad: i32 = 0;
  model0: u64 = 0;
  model1: u64 = 0;
  context: u64 = 0;

  get features(): usize {
    return changetype<usize>(this) + 64;
  }

  get modelAt(): usize {
    return changetype<usize>(this) + offsetof<Record>('model0');
  }

  get contextAt(): usize {
    return changetype<usize>(this) + offsetof<Record>('context');
  }
}

let slots: usize = 0;
export let slotCount: i32 = 0;
let spacingMs: f64 = 0;
let nextAt: f64 = 0;

/** Sets how many records an interval may have. */
export function configureRecords(samples: i32, intervalMs: f64): void {
  const wanted = min(samples, MAX_SLOTS);
  if (wanted > slotCount) {
    const grown = heap.alloc(wanted * RECORD_BYTES);
    memory.fill(grown, 0, wanted * RECORD_BYTES);
    if (slotCount > 0) {
      memory.copy(grown, slots, slotCount * RECORD_BYTES);
      heap.free(slots);
    }
    slots = grown;
    slotCount = wanted;
  }
  spacingMs = wanted > 0 ? intervalMs / (wanted as f64) : Infinity;
}

export function recordAt(slot: i32): Record {
  return changetype<Record>(slots + slot * RECORD_BYTES);
}

/** Records the decision just made, when its turn has come; returns its slot or -1. */
export function openRecord(
  cluster: i32,
  table: EndpointTable,
  action: i32,
  probability: f32,
  model: Model,
  now: f64,
): i32 {
  if (now < nextAt || table.size > MAX_RECORDED || !isFinite(spacingMs)) return -1;
  for (let slot = 0; slot < slotCount; slot++) {
    const record = recordAt(slot);
    if (record.state != RecordState.Free) continue;
    nextAt = now + spacingMs;
    record.state = RecordState.Open;
    record.cluster = cluster;
    record.action = action;
    record.probability = probability;
    memory.copy(record.modelAt, changetype<usize>(model.id), MODEL_ID_BYTES);
    copyContext(record.contextAt);
    writeRows(table, record);
    return slot;
  }
  nextAt = now + spacingMs;
  return -1;
}

/** Rows of the present endpoints alone; the action is an index into them. */
function writeRows(table: EndpointTable, record: Record): void {
  let row = 0;
  const chosen = record.action;
  for (let i = 0; i < table.size; i++) {
    if (!table.isPresent(i)) continue;
    if (i == chosen) record.action = row;
    copyFeatures(i, record.features + row * FEATURES);
    row++;
  }
  record.endpoints = row;
}

export function finishRecord(slot: i32, latencyMs: f32, failed: bool): void {
  const record = recordAt(slot);
  if (record.state != RecordState.Open) return;
  record.latencyMs = latencyMs;
  record.failed = failed ? 1 : 0;
  record.state = RecordState.Done;
}

export function dropRecord(slot: i32): void {
  recordAt(slot).state = RecordState.Free;
}
