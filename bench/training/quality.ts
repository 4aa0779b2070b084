// How the model that ships stands on the validation suite: against what products ship, against the best single classic
// policy, against references that no proxy can have, at several numbers of proxies, and against its own float form.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { loadScenarios } from '../../trainer/cli/scenario-files.js';
import { packageRoot } from '../../trainer/cli/package-root.js';
import { shippedFloat, shippedModel } from '../../trainer/cli/shipped-model.js';
import { encodeModel } from '../../trainer/actor/model-file.js';
import { PROXY_POLICIES, type SimulatorPolicy } from '../../trainer/environment/policies.js';
import type { Scenario } from '../../trainer/environment/scenario.js';
import type { Served } from '../../trainer/environment/served.js';
import { geometricMean } from '../../trainer/evaluation/interval.js';
import type { Results } from '../../trainer/evaluation/results.js';
import { simulateAll } from '../../trainer/evaluation/simulate-all.js';

type Figure = 'meanMs' | 'p99Ms';

/** What products ship by default or as an option. */
const PRODUCTS: readonly SimulatorPolicy[] = [
  'least-request',
  'peak-ewma',
  'client-side-wrr',
  'prequal',
  'round-robin',
];
const CLASSIC: readonly SimulatorPolicy[] = PROXY_POLICIES.filter((policy) => policy !== 'actor');
const ORACLES = ['sed-oracle', 'work-oracle'] as const;
const PROXIES = [1, 4, 16, 48] as const;
/** Runs of the suite at other numbers of proxies are cut here, or they would take longer than all else. */
const REQUESTS = 30_000;

export interface Quality {
  readonly metrics: Record<string, number>;
  readonly samples: Record<string, number[]>;
  /** The best single peers, by name. */
  readonly best: string;
}

export async function quality(seeds: number): Promise<Quality> {
  const scenarios = [...loadScenarios([join(packageRoot, 'bench/scenarios/validation')]).keys()];
  const served: Served = { policy: 'actor', model: encodeModel(shippedModel()) };
  const all = await run(scenarios, ['actor', ...CLASSIC, ...ORACLES], seeds, served);
  const float = await run(scenarios, ['float'], seeds, shippedFloat());
  const best = (of: Results, among: readonly SimulatorPolicy[], figure: Figure) =>
    among.reduce((a, b) => (typical(of, a, figure) <= typical(of, b, figure) ? a : b));
  const ratio = (of: Results, among: readonly SimulatorPolicy[], figure: Figure) =>
    typical(of, 'actor', figure) / typical(of, best(of, among, figure), figure);
  const worst = scenarios.map((scenario) => {
    const of = (policy: SimulatorPolicy) => geometricMean(all.of(scenario, policy).map(({ p99Ms }) => p99Ms));
    return of('actor') / Math.min(...CLASSIC.map(of));
  });
  const metrics: Record<string, number> = {
    meanRatioToBestPeer: ratio(all, CLASSIC, 'meanMs'),
    p99RatioToBestPeer: ratio(all, CLASSIC, 'p99Ms'),
    meanRatioToBestProduct: ratio(all, PRODUCTS, 'meanMs'),
    p99RatioToBestProduct: ratio(all, PRODUCTS, 'p99Ms'),
    meanRatioToSedOracle: ratio(all, ['sed-oracle'], 'meanMs'),
    p99RatioToSedOracle: ratio(all, ['sed-oracle'], 'p99Ms'),
    meanRatioToWorkOracle: ratio(all, ['work-oracle'], 'meanMs'),
    p99RatioToWorkOracle: ratio(all, ['work-oracle'], 'p99Ms'),
    worstP99RatioToBestPeer: Math.max(...worst),
    scenariosAbove115: worst.filter((each) => each > 1.15).length,
    quantisedP99Ratio: typical(all, 'actor', 'p99Ms') / typical(float, 'float', 'p99Ms'),
  };
  for (const proxies of PROXIES) {
    const short = scenarios.map((of) => ({ ...of, proxies, requests: Math.min(of.requests, REQUESTS) }));
    const results = await run(short, ['actor', ...CLASSIC], 1, served);
    metrics[`meanRatioToBestPeer.proxies${proxies}`] = ratio(results, CLASSIC, 'meanMs');
    metrics[`p99RatioToBestPeer.proxies${proxies}`] = ratio(results, CLASSIC, 'p99Ms');
  }
  const names = (figure: Figure) =>
    `${best(all, CLASSIC, figure)} of all, ${best(all, PRODUCTS, figure)} of products`;
  return {
    metrics,
    samples: { 'p99RatioToBestPeer.byScenario': worst },
    best: `${names('meanMs')} (mean), ${names('p99Ms')} (p99)`,
  };
}

/** Geometric mean over scenarios and seeds. */
const typical = (results: Results, policy: SimulatorPolicy, figure: Figure): number =>
  geometricMean(
    results.plan.scenarios.flatMap((scenario) => results.of(scenario, policy).map((run) => run[figure])),
  );

function run(
  scenarios: readonly Scenario[],
  policies: readonly SimulatorPolicy[],
  seeds: number,
  served: Served,
): Promise<Results> {
  const plan = { scenarios, policies, baseline: policies[0]!, seeds };
  return simulateAll(plan, { size: availableParallelism(), served, signal: new AbortController().signal });
}
