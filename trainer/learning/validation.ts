// How what was learned stands against the policies that proxies can run today, on scenarios that it does not learn from.
import { availableParallelism } from 'node:os';
import type { SimulatorPolicy } from '../environment/policies.js';
import type { EvaluationRow } from '../actor/model-card.js';
import type { Served } from '../environment/served.js';
import type { Scenario } from '../environment/scenario.js';
import { geometricMean } from '../evaluation/interval.js';
import type { Results } from '../evaluation/results.js';
import { simulateAll } from '../evaluation/simulate-all.js';

/** The strongest of what proxies can run; the others are far behind on every suite (docs/league.md). */
export const PEERS = [
  'work-full',
  'ewma-full',
  'c3',
  'prequal',
] as const satisfies readonly SimulatorPolicy[];

export interface Standing {
  /** Geometric means over the scenarios: ratios to the best single peer in mean latency, and in p99. */
  readonly mean: number;
  readonly p99: number;
}

export class Validation {
  readonly #scenarios: readonly Scenario[];
  #peers: Promise<Results> | undefined;

  /** @param requests of a scenario at most: this is a look, not the evaluation */
  constructor(
    scenarios: readonly Scenario[],
    requests: number,
    private readonly signal: AbortSignal,
    private readonly threads = availableParallelism(),
  ) {
    this.#scenarios = scenarios.map((of) => ({ ...of, requests: Math.min(of.requests, requests) }));
  }

  /** @throws {unknown} the signal's reason where it is aborted */
  async standing(served: Served, signal = this.signal): Promise<Standing> {
    const peers = await (this.#peers ??= this.#run(PEERS, signal));
    const learned = await this.#run([served.policy], signal, served);
    const of = (results: Results, policy: SimulatorPolicy, figure: 'meanMs' | 'p99Ms') =>
      geometricMean(this.#scenarios.map((scenario) => results.of(scenario, policy)[0]![figure]));
    const ratio = (figure: 'meanMs' | 'p99Ms') =>
      of(learned, served.policy, figure) / Math.min(...PEERS.map((peer) => of(peers, peer, figure)));
    return { mean: ratio('meanMs'), p99: ratio('p99Ms') };
  }

  /** The runs of a network, as a model card keeps them. @throws {unknown} the signal's reason where it is aborted */
  async evaluation(served: Served): Promise<EvaluationRow[]> {
    const results = await this.#run([served.policy], this.signal, served);
    return this.#scenarios.map((of) => {
      const { requests, meanMs, p50Ms, p99Ms, errors } = results.of(of, served.policy)[0]!;
      return {
        scenario: of.name,
        policy: served.policy,
        seed: of.seed,
        requests,
        meanMs,
        p50Ms,
        p99Ms,
        errors,
      };
    });
  }

  #run(policies: readonly SimulatorPolicy[], signal: AbortSignal, served?: Served): Promise<Results> {
    const plan = { scenarios: this.#scenarios, policies, baseline: policies[0]!, seeds: 1 };
    return simulateAll(plan, { size: this.threads, signal, ...(served ? { served } : {}) });
  }
}
