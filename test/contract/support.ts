// What every policy needs before it can be tried: a request that the hash policies can tell apart, and probes for Prequal.
import type { Core } from '../../trainer/environment/core.js';
import { seededRandom } from '../plugin/support/seeded-random.js';

/** A stream of decisions as a proxy makes them: another caller and another destination each time. */
export function decisions(core: Core, count: number, now: number, seed: number): number[] {
  const next = seededRandom(seed);
  return Array.from({ length: count }, () => {
    core.setRequest({ work: 1, source: next(), destination: next() });
    return core.decide(now, next(), next());
  });
}

/** Every endpoint says the same of itself, so that policies that need a server's word have one. */
export function speakAlike(core: Core, endpoints: number, now: number): void {
  for (let i = 0; i < endpoints; i++) {
    core.serverLoad(i, { requests: 2, work: 2, timeMs: 10, rate: 50, cpu: 0.5, memory: 0.5 }, now);
  }
}

/** Endpoints with a random past, some ejected, some removed; returns the indices that are present. */
export function disturb(core: Core, size: number, seed: number, now: number): number[] {
  const next = seededRandom(seed);
  const present: number[] = [];
  for (let i = 0; i < size; i++) {
    const u = next() % 100;
    core.set('Requests', i, next() % 12);
    core.set('Work', i, (next() % 240) / 10);
    core.set('SiblingRequests', i, next() % 4);
    if (u % 3 !== 0) core.latency(i, 1 + (next() % 500) / 10, now);
    if (u % 2 === 0) {
      const said = { requests: next() % 20, timeMs: 1 + (next() % 300) / 10 };
      core.serverLoad(i, { ...said, rate: next() % 100, cpu: (next() % 100) / 100 }, now);
    }
    if (u < 15) core.remove(i);
    else if (u < 35) core.eject(i, now);
    if (u >= 15) present.push(i);
  }
  return present;
}
