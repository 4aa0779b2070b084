// Live traffic of two arms without a mesh: log-normal latencies that wander together, as load does, and seeds.
import { binOf } from '../../../trainer/telemetry/sketch.js';
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

export interface StratumOptions {
  readonly requests: number;
  readonly share: number;
  readonly candidate?: Behaviour;
  readonly current?: Behaviour;
}

/** Of the log-normal, natural logarithm. */
const SIGMA = 0.8;
const USUAL_ERRORS = 0.002;

/** The load walks, by up to a few times, and stays where it is for long: latencies are anything but independent. */
export class Arrivals {
  #load = 0;

  constructor(private readonly draw: () => number) {}

  stratum({ requests, share, candidate = {}, current = {} }: StratumOptions) {
    const { draw } = this;
    this.#load = 0.95 * this.#load + 0.15 * normal(draw);
    const arms = { candidate: new Counter(), current: new Counter() };
    for (let i = 0; i < requests; i++) {
      const isCandidate = draw() < share;
      const { latency, errorRate = USUAL_ERRORS } = isCandidate ? candidate : current;
      const usual = 20 * Math.exp(this.#load + SIGMA * normal(draw));
      const ms = latency?.(usual, draw) ?? usual;
      (isCandidate ? arms.candidate : arms.current).add(ms, draw() < errorRate);
    }
    return { candidate: arms.candidate.arm(), current: arms.current.arm() };
  }
}

/** Strata for ever, of one seed. */
export function* traffic(seed: number, options: StratumOptions): Generator<Stratum, never> {
  const arrivals = new Arrivals(random(seed));
  for (;;) yield arrivals.stratum(options);
}

export class Counter {
  #requests = 0;
  #errors = 0;
  readonly #bins = new Map<number, number>();

  add(ms: number, failed: boolean): void {
    this.#requests += 1;
    if (failed) this.#errors += 1;
    else this.#bins.set(binOf(ms), (this.#bins.get(binOf(ms)) ?? 0) + 1);
  }

  arm(): Arm & { latency: [number, number][] } {
    return { requests: this.#requests, errors: this.#errors, latency: [...this.#bins] };
  }
}

/** Every request takes so many times as long. */
export const times =
  (factor: number) =>
  (ms: number): number =>
    ms * factor;

/** Only what is slow anyway takes longer. */
export const tail =
  (factor: number, aboveMs = 50) =>
  (ms: number): number =>
    ms > aboveMs ? ms * factor : ms;
