// What a worker has seen: stretches of decisions, and their outcomes as they become known.
import type { Decisions, Outcomes } from '../environment/decisions.js';
import type { Scenario } from '../environment/scenario.js';
import { MeshStatistics } from './mesh-statistics.js';

/** A stretch of decisions in one mesh. */
export interface Experience {
  readonly decisions: Decisions;
  readonly scenario: Scenario;
  readonly statistics: MeshStatistics;
  /** Of each decision, NaN while unknown: latency (ms), delay caused to those behind (ms), 1 where it failed. */
  readonly latency: Float32Array;
  readonly delayed: Float32Array;
  readonly failed: Float32Array;
}

/** Stretches wait so many others for their outcomes; what is not known then stays unknown. */
const PATIENCE = 12;

/** The stretches of one mesh in their order. */
export class ExperienceLog {
  readonly statistics = new MeshStatistics();
  readonly #open: (Experience & { readonly from: number; left: number })[] = [];

  constructor(readonly scenario: Scenario) {}

  /** Adds a stretch and what became known with it; `settled` are those whose outcomes are as complete as they will be. */
  add(decisions: Decisions): { readonly fresh: Experience; readonly settled: readonly Experience[] } {
    const fresh = this.#record(decisions);
    if (decisions.count > 0) this.#open.push(fresh);
    this.#learn(decisions.outcomes);
    const settled: Experience[] = [];
    while (this.#open.length > 0 && (this.#open[0]!.left <= 0 || this.#open.length > PATIENCE))
      settled.push(this.#open.shift()!);
    return { fresh, settled };
  }

  #record(decisions: Decisions) {
    const unknown = () => new Float32Array(decisions.count).fill(NaN);
    const { scenario, statistics } = this;
    const from = decisions.number[0] ?? 0;
    const left = decisions.count;
    return {
      decisions,
      scenario,
      statistics,
      latency: unknown(),
      delayed: unknown(),
      failed: unknown(),
      from,
      left,
    };
  }

  #learn(outcomes: Outcomes): void {
    for (let i = 0; i < outcomes.count; i++) {
      const number = outcomes.number[i]!;
      const stretch = this.#open.findLast(({ from }) => from <= number);
      const at = stretch ? number - stretch.from : 0;
      if (!stretch || at >= stretch.decisions.count) continue;
      stretch.latency[at] = outcomes.latency[i]!;
      stretch.delayed[at] = outcomes.delayed[i]!;
      stretch.failed[at] = outcomes.ending[i]! > 0 ? 1 : 0;
      stretch.left--;
    }
  }
}
