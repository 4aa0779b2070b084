// Live traffic of two arms without a mesh: log-normal latencies that wander together, as load does, and seeds.
import { binOf, type SparseBins } from '../../../trainer/telemetry/sketch.js';
import type { Arm, Stratum } from '../../../trainer/rollout/strata.js';

/** Mulberry32. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function normal(draw: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - draw())) * Math.cos(2 * Math.PI * draw());
}

/** How a model serves a request that would have taken `ms`. */
export interface Behaviour {
  readonly latency?: (ms: number, draw: () => number) => number;
  readonly errorRate?: number;
}

export interface TrafficOptions {
  readonly seed: number;
  readonly share: number;
  readonly candidate?: Behaviour;
  readonly current?: Behaviour;
  /** Requests of a stratum; 100. */
  readonly requests?: number;
  /** Of the log-normal, natural logarithm; 0.8. */
  readonly sigma?: number;
}

/** Strata for ever. The load walks, by up to a few times, and stays where it is for long. */
export function* traffic(options: TrafficOptions): Generator<Stratum> {
  const { seed, share, candidate = {}, current = {}, requests = 100, sigma = 0.8 } = options;
  const draw = random(seed);
  let load = 0;
  for (;;) {
    load = 0.95 * load + 0.15 * normal(draw);
    const arms = { candidate: new Counter(), current: new Counter() };
    for (let i = 0; i < requests; i++) {
      const isCandidate = draw() < share;
      const behaviour = isCandidate ? candidate : current;
      const usual = 20 * Math.exp(load + sigma * normal(draw));
      const ms = behaviour.latency?.(usual, draw) ?? usual;
      (isCandidate ? arms.candidate : arms.current).add(ms, draw() < (behaviour.errorRate ?? 0.002));
    }
    yield { candidate: arms.candidate.arm(), current: arms.current.arm() };
  }
}

class Counter {
  #requests = 0;
  #errors = 0;
  readonly #bins = new Map<number, number>();

  add(ms: number, failed: boolean): void {
    this.#requests += 1;
    if (failed) this.#errors += 1;
    else this.#bins.set(binOf(ms), (this.#bins.get(binOf(ms)) ?? 0) + 1);
  }

  arm(): Arm {
    const latency: SparseBins = [...this.#bins];
    return { requests: this.#requests, errors: this.#errors, latency };
  }
}

export const times =
  (factor: number) =>
  (ms: number): number =>
    ms * factor;

/** Only what is slow anyway takes longer. */
export const tail =
  (factor: number, aboveMs = 50) =>
  (ms: number): number =>
    ms > aboveMs ? ms * factor : ms;
