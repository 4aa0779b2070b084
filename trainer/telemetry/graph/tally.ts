// What is counted of the calls of one kind in one stretch of time.
import { LatencySketch, type PackedBins } from '../sketch.js';
import type { Call } from './calls.js';

/** Sums over calls; times in ms. */
export interface Sums {
  requests: number;
  errors: number;
  totalMs: number;
  selfMs: number;
  waitingMs: number;
  betweenMs: number;
  criticalMs: number;
  /** Calls that came from outside. */
  entries: number;
}

/** A tally of a stretch that is over, in little room. */
export interface PackedTally {
  readonly sums: Readonly<Sums>;
  readonly total: PackedBins;
  readonly self: PackedBins;
}

export class Tally {
  readonly sums: Sums = {
    ...{ requests: 0, errors: 0, totalMs: 0, selfMs: 0, waitingMs: 0, betweenMs: 0, criticalMs: 0 },
    entries: 0,
  };
  /** Times as the callers saw them, and of the callee itself. */
  readonly total = new LatencySketch();
  readonly self = new LatencySketch();

  add(call: Call): void {
    const { sums } = this;
    sums.requests += 1;
    if (call.failed) sums.errors += 1;
    if (call.from === undefined) sums.entries += 1;
    sums.totalMs += call.totalMs;
    sums.selfMs += call.selfMs;
    sums.waitingMs += call.waitingMs;
    sums.betweenMs += call.betweenMs;
    sums.criticalMs += call.criticalMs;
    this.total.addOne(call.totalMs);
    this.self.addOne(call.selfMs);
  }

  merge({ sums, total, self }: PackedTally): void {
    this.#addSums(sums);
    this.total.addPacked(total);
    this.self.addPacked(self);
  }

  mergeLive({ sums, total, self }: Tally): void {
    this.#addSums(sums);
    this.total.merge(total);
    this.self.merge(self);
  }

  pack(): PackedTally {
    return { sums: { ...this.sums }, total: this.total.pack(), self: this.self.pack() };
  }

  #addSums(sums: Readonly<Sums>): void {
    for (const key of Object.keys(sums) as (keyof Sums)[]) this.sums[key] += sums[key];
  }
}
