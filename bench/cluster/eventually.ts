// Waiting for what real processes do in their own time: a condition with a deadline, never a sleep of a guessed length.
import { setTimeout as pause } from 'node:timers/promises';

export interface EventuallyOptions {
  readonly timeoutMs?: number;
  readonly pollMs?: number;
}

/**
 * Asks until the condition gives something truthy, and returns that. A condition that throws is asked again; at the
 * deadline its last error is the one that the test shows.
 */
export async function eventually<T>(
  condition: () => T | Promise<T>,
  { timeoutMs = 10_000, pollMs = 20 }: EventuallyOptions = {},
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    let last: unknown;
    try {
      const value = await condition();
      if (value) return value;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not so after ${timeoutMs} ms: ${condition.toString()}`, { cause: last });
    }
    await pause(pollMs);
  }
}
