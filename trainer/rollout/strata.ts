// Counts of the two arms of a canary, in strata: what both did at the same time in the same proxies. Within a stratum each
// request went to an arm by a coin of its own, so that under no difference the arms are exchangeable there, whatever the
// traffic, the hour and the proxy did to both.
import type { Report } from '../telemetry/report.js';
import type { SparseBins } from '../telemetry/sketch.js';

export interface Arm {
  readonly requests: number;
  readonly errors: number;
  /** Of the requests that were answered without an error. */
  readonly latency: SparseBins;
}

export interface Stratum {
  readonly candidate: Arm;
  readonly current: Arm;
}

export const NO_ARM: Arm = { requests: 0, errors: 0, latency: [] };

/** A report with so many requests is a stratum of its own; smaller ones are put together. */
const OWN_STRATUM_REQUESTS = 20;
/** Small reports are put together until they have so many requests, or for so long. */
const POOL_REQUESTS = 200;
const POOL_MS = 5000;

export class Strata {
  /** Proxies that were seen to serve the candidate: before that a proxy has one arm, and says nothing of the other. */
  readonly #serving = new Set<string>();
  #pool: Stratum[] = [];
  #pooled = 0;
  #since = 0;

  constructor(
    private readonly candidateId: string,
    private readonly currentId: string,
  ) {}

  /** The strata that the report completes. */
  add(report: Report, now: number): Stratum[] {
    const stratum = armsOf(report.models, this.candidateId, this.currentId);
    const { candidate, current } = stratum;
    const requests = candidate.requests + current.requests;
    const knew = this.#serving.has(report.proxy);
    if (candidate.requests > 0) this.#serving.add(report.proxy);
    if (requests >= OWN_STRATUM_REQUESTS) return candidate.requests > 0 ? [stratum] : [];
    // Chosen by what it did before, not by what it did now, which would prefer reports with requests of the candidate.
    if (requests > 0 && knew) {
      if (this.#pool.length === 0) this.#since = now;
      this.#pool.push(stratum);
      this.#pooled += requests;
    }
    if (this.#pool.length === 0 || (this.#pooled < POOL_REQUESTS && now - this.#since < POOL_MS)) return [];
    const pooled = { candidate: sum(this.#pool, 'candidate'), current: sum(this.#pool, 'current') };
    this.#pool = [];
    this.#pooled = 0;
    return pooled.candidate.requests > 0 ? [pooled] : [];
  }
}

export function armsOf(models: Report['models'], candidateId: string, currentId: string): Stratum {
  const arm = (id: string): Arm => models.find((model) => model.id === id) ?? NO_ARM;
  return { candidate: arm(candidateId), current: arm(currentId) };
}

function sum(strata: readonly Stratum[], name: keyof Stratum): Arm {
  const arms = strata.map((stratum) => stratum[name]);
  const bins = new Map<number, number>();
  for (const { latency } of arms)
    for (const [bin, count] of latency) bins.set(bin, (bins.get(bin) ?? 0) + count);
  return {
    requests: arms.reduce((total, arm) => total + arm.requests, 0),
    errors: arms.reduce((total, arm) => total + arm.errors, 0),
    latency: [...bins],
  };
}

/** Answered requests of an arm, and of the whole stratum by bin: bin, requests of both arms, of the candidate. */
export function pooledBins({ candidate, current }: Stratum): {
  readonly share: number;
  readonly bins: readonly (readonly [bin: number, both: number, candidate: number])[];
} {
  const bins = new Map<number, [both: number, candidate: number]>();
  let [own, all] = [0, 0];
  for (const [arm, isOwn] of [
    [candidate, 1],
    [current, 0],
  ] as const) {
    for (const [bin, count] of arm.latency) {
      const at = bins.get(bin) ?? [0, 0];
      bins.set(bin, [at[0] + count, at[1] + isOwn * count]);
      all += count;
      own += isOwn * count;
    }
  }
  return { share: all > 0 ? own / all : 0, bins: [...bins].map(([bin, [both, its]]) => [bin, both, its]) };
}
