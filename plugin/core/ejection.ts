// Which endpoints the next decision may choose: ejection after errors in a row with exponential back-off, a panic
// threshold, and slow start. The terms and defaults are Envoy's (outlier detection, panic threshold, slow start).
import { EndpointTable } from './endpoint-table';
import { Lane } from './lanes';
import { mix, uniform } from './math';
import { EjectionSettings } from './settings';

/** A returning endpoint gets this share of its requests at first. */
const SLOW_START_FLOOR: f32 = 0.1;

/** Counts one outcome; returns true when it ejected the endpoint. */
export function recordOutcome(
  table: EndpointTable,
  endpoint: i32,
  failed: bool,
  settings: EjectionSettings,
  now: f64,
): bool {
  if (!failed) {
    table.set(Lane.ErrorRun, endpoint, 0);
    const at = table.relative(now);
    // A full slow start without an error: the next ejection is a first one again.
    const returned = table.get(Lane.ReturnedAt, endpoint);
    if (table.get(Lane.Ejections, endpoint) > 0 && at - returned > settings.slowStartMs) {
      table.set(Lane.Ejections, endpoint, 0);
    }
    return false;
  }
  const run = table.get(Lane.ErrorRun, endpoint) + 1;
  table.set(Lane.ErrorRun, endpoint, run);
  // One more error is enough for an endpoint that failed in its last trial.
  const limit = table.get(Lane.Ejections, endpoint) > 0 ? 1 : settings.consecutiveErrors;
  if (run < (limit as f32)) return false;
  return eject(table, endpoint, settings, now);
}

/** Ejects an endpoint, unless it is out already or too many are. */
export function eject(table: EndpointTable, endpoint: i32, settings: EjectionSettings, now: f64): bool {
  if (!table.isPresent(endpoint)) return false;
  const at = table.relative(now);
  if (table.get(Lane.EjectedUntil, endpoint) > at) return false;
  if (((ejectedCount(table, now) + 1) as f32) > settings.maxShare * (table.count as f32)) return false;
  const ejections = table.get(Lane.Ejections, endpoint);
  const doublings = min<f32>(ejections, 16) as i32;
  const backOff = settings.baseMs * ((1 << doublings) as f32);
  const until = at + min(settings.maxMs, backOff);
  table.set(Lane.EjectedUntil, endpoint, until);
  table.set(Lane.ReturnedAt, endpoint, until);
  table.set(Lane.Ejections, endpoint, ejections + 1);
  table.set(Lane.ErrorRun, endpoint, 0);
  table.irregular = true;
  return true;
}

export function isEjected(table: EndpointTable, endpoint: i32, now: f64): bool {
  return table.get(Lane.EjectedUntil, endpoint) > table.relative(now);
}

export function ejectedCount(table: EndpointTable, now: f64): i32 {
  const at = table.relative(now);
  let ejected = 0;
  for (let i = 0; i < table.size; i++) {
    if (table.isPresent(i) && table.get(Lane.EjectedUntil, i) > at) ejected++;
  }
  return ejected;
}

/**
 * Sets the `Eligible` lane for one decision and returns how many endpoints are eligible. An endpoint in slow start is
 * eligible in a growing share of the decisions (linear from a tenth), which works for every policy alike; the draw
 * comes from `bits`. Where nothing would be left, everything present is eligible.
 */
export function refreshEligible(table: EndpointTable, settings: EjectionSettings, now: f64, bits: u32): i32 {
  if (!table.irregular) return table.count;
  const at = table.relative(now);
  let eligible = 0;
  let available = 0;
  let irregular = false;
  for (let i = 0; i < table.size; i++) {
    table.set(Lane.Eligible, i, 0);
    if (!table.isPresent(i)) continue;
    if (table.get(Lane.EjectedUntil, i) > at) {
      irregular = true;
      continue;
    }
    available++;
    const age = at - table.get(Lane.ReturnedAt, i);
    if (age < settings.slowStartMs) {
      irregular = true;
      const share = max(SLOW_START_FLOOR, age / settings.slowStartMs);
      if (uniform(mix(bits, i + 1)) >= share) continue;
    }
    table.set(Lane.Eligible, i, 1);
    eligible++;
  }
  table.irregular = irregular;
  const panic = (available as f32) < settings.panicShare * (table.count as f32);
  if (eligible > 0 && !panic) return eligible;
  // All of them: those in slow start when only they are left, the ejected ones too in a panic.
  for (let i = 0; i < table.size; i++) {
    const out = table.get(Lane.EjectedUntil, i) > at && available > 0 && !panic;
    table.set(Lane.Eligible, i, table.isPresent(i) && !out ? 1 : 0);
  }
  return available > 0 && !panic ? available : table.count;
}
