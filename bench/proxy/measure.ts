// One run against one Envoy: what the generator saw, and what it cost.
import type { Generator, Measured } from './load.js';
import { cpuSeconds } from './processes.js';
import type { Running } from './variants.js';

export interface Run extends Measured {
  readonly throughput: number;
  /** Cpu time of the Envoy under test, one request. */
  readonly cpuUs: number;
  /** Share of one core that it used: near 1, it is what limits. */
  readonly cpuShare: number;
}

export async function measure(target: Running, generator: Generator, seconds: number): Promise<Run> {
  const cpuBefore = cpuSeconds(target.pid);
  const began = performance.now();
  const measured = await generator.run(target.url, seconds);
  const wall = (performance.now() - began) / 1000;
  const cpu = cpuSeconds(target.pid) - cpuBefore;
  if (measured.failed > 0 || measured.requests === 0)
    throw new Error(`${target.variant.name}: ${measured.failed} of ${measured.requests} requests failed`);
  return {
    ...measured,
    throughput: measured.requests / measured.seconds,
    cpuUs: (1e6 * cpu) / measured.requests,
    cpuShare: cpu / wall,
  };
}
