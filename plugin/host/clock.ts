// Envoy's clock is the wall's. Estimates need one that never jumps: steps back and leaps forward are taken out.
import { proxy_get_current_time_nanoseconds } from './abi';

/** Ticks come ten times a second: a longer silence is a leap of the clock, not time that passed. */
const LEAP_MS: f64 = 10000;
const cell: usize = memory.data(8, 8);
let last: f64 = 0;
let offset: f64 = 0;

/** Nanoseconds of the wall clock, to measure short spans. */
export function wallNs(): u64 {
  proxy_get_current_time_nanoseconds(cell);
  return load<u64>(cell);
}

/** Milliseconds of the wall clock: the one time that several VMs share. */
export function wallMs(): f64 {
  return (wallNs() as f64) * 1e-6;
}

/** The wall clock at the last nowMs(): a host call less. */
export function lastWallMs(): f64 {
  return last;
}

/** Milliseconds that only grow, at the pace of the wall clock. */
export function nowMs(): f64 {
  const wall = wallMs();
  const step = wall - last;
  if (step < 0 || step > LEAP_MS) offset -= last == 0 ? 0 : step;
  last = wall;
  return wall + offset;
}
