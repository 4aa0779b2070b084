// Time and chance of whatever is tried again: arguments, so that an outage of minutes is a test of milliseconds.
import { setTimeout as sleep } from 'node:timers/promises';

export interface Timing {
  /** Time in ms of any monotone clock. */
  readonly now: () => number;
  /** Uniform in 0 to 1. */
  readonly random: () => number;
  /** Resolves after `ms`, or early when the signal aborts. */
  readonly wait: (ms: number, signal: AbortSignal) => Promise<void>;
}

export const realTiming: Timing = {
  now: () => performance.now(),
  random: () => Math.random(),
  wait: (ms, signal) => sleep(ms, undefined, { signal }).catch(() => undefined),
};

const FIRST_MS = 500;
const LONGEST_MS = 30_000;

/**
 * Doubles with every failure; half of it is drawn, so that trainers that lost the same server do not come back to it
 * together ("Exponential Backoff And Jitter", AWS Architecture Blog, equal jitter).
 * @param failures in a row, 1 = the first
 */
export function backOffMs(failures: number, random: () => number): number {
  const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  return (longest / 2) * (1 + random());
}
