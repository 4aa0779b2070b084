// What must hold after whatever was thrown at the filter.
import { expect } from 'vitest';
import { serve } from './fixtures.js';
import type { MockHost } from './mock-host.js';

/** Runs of one property, each with a fixed seed, so that a failure can be seen again. */
export const RUNS = { seed: 20_261_121, numRuns: 150 } as const;

/** No trap, memory within `bytes`, and the next request is steered as ever. */
export function expectAlive(host: MockHost, bytes = 4 * 1024 * 1024): void {
  expect(host.failures).toEqual([]);
  expect(host.machine().failed).toBe(false);
  expect(host.memoryBytes()).toBeLessThan(bytes);
  expect(serve(host).endpoints.length).toBeGreaterThan(0);
}
