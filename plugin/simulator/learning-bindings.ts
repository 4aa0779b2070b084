// The records of decisions behind plain functions: a learner asks for them, runs the mesh, reads where they lie, clears.
import { derive, Stream } from './random';
import { Records } from './records';
import { mesh } from './state';

/** Keeps `share` of the decisions, at most so many and so many rows between two calls of `clearRecords`. */
export function recordDecisions(share: f64, decisions: i32, rows: i32, seed: u32): void {
  mesh.records = new Records(share, decisions, rows, new Stream(derive(seed as u64, 0)));
}

/** Makes room: what was recorded, and the outcomes, were read. */
export function clearRecords(): void {
  const records = mesh.records;
  if (records === null) return;
  records.clear();
  records.outcomes.count = 0;
}

export const enum RecordField {
  Decisions,
  Rows,
  Features,
  Base,
  Weight,
  Hidden,
  Number,
  First,
  Chosen,
  Service,
  Context,
  Outcomes,
  OutcomeNumber,
  OutcomeEnding,
  OutcomeLatency,
  OutcomeDelayed,
}

/** How many there are of something, or where it lies. */
export function recordField(which: RecordField): usize {
  const r = mesh.records;
  if (r === null) return 0;
  switch (which) {
    case RecordField.Decisions:
      return r.decisions;
    case RecordField.Rows:
      return r.rows;
    case RecordField.Features:
      return r.features;
    case RecordField.Base:
      return r.base;
    case RecordField.Weight:
      return r.weight;
    case RecordField.Hidden:
      return r.hidden;
    case RecordField.Number:
      return r.number;
    case RecordField.First:
      return r.first;
    case RecordField.Chosen:
      return r.chosen;
    case RecordField.Service:
      return r.service;
    case RecordField.Context:
      return r.context;
    case RecordField.Outcomes:
      return r.outcomes.count;
    case RecordField.OutcomeNumber:
      return r.outcomes.number;
    case RecordField.OutcomeEnding:
      return r.outcomes.ending;
    case RecordField.OutcomeLatency:
      return r.outcomes.latency;
    default:
      return r.outcomes.delayed;
  }
}
