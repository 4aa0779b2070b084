// How policies stand on some scenarios, by themselves and paired with the baseline.
import { ORACLE_POLICIES, type SimulatorPolicy } from '../environment/policies.js';
import type { Scenario } from '../environment/scenario.js';
import { geometricInterval, geometricMean, mean, meanInterval, type Estimate } from './interval.js';
import { LATENCIES, type Latency, type Results, type Run } from './results.js';

export interface Standing {
  readonly policy: SimulatorPolicy;
  /** No proxy can run it. */
  readonly isOracle: boolean;
  readonly isBaseline: boolean;
  /** Geometric means, since scenarios differ by orders of magnitude. NaN where a run answered no request. */
  readonly latencies: Readonly<Record<Latency, number>>;
  /** Of a request, to fail. */
  readonly errorShare: number;
  readonly throughputRps: number;
  readonly decisionNs: number;
  /** To the baseline's latencies. */
  readonly ratios: Readonly<Record<Latency, Estimate>>;
  /** Error share minus the baseline's: most shares are zero, which has no ratio. */
  readonly errorsMore: Estimate;
}

export const isOracle = (policy: SimulatorPolicy): boolean =>
  (ORACLE_POLICIES as readonly string[]).includes(policy);

/** One for each policy of the plan, in its order. */
export function standings(
  results: Results,
  scenarios: readonly Scenario[] = results.plan.scenarios,
): Standing[] {
  const { policies, baseline } = results.plan;
  return policies.map((policy) => {
    const runs = scenarios.flatMap((scenario) => results.of(scenario, policy));
    return {
      policy,
      isOracle: isOracle(policy),
      isBaseline: policy === baseline,
      latencies: eachLatency((latency) => geometricMean(runs.map((run) => run[latency]))),
      errorShare: mean(runs.map(errorShare)),
      throughputRps: mean(runs.map((run) => run.throughputRps)),
      decisionNs: mean(runs.map((run) => run.decisionNs)),
      ratios: eachLatency((latency) =>
        geometricInterval(
          pairs(results, scenarios, policy, geometricMean, (run, base) => run[latency] / base[latency]),
        ),
      ),
      errorsMore: meanInterval(
        pairs(results, scenarios, policy, mean, (run, base) => errorShare(run) - errorShare(base)),
      ),
    };
  });
}

/**
 * A value for each pair of runs of the policy and of the baseline on the same requests. What an interval is to tell is
 * whether a difference holds on other scenarios of the kind. So the scenario is the unit where there are several, with
 * its seeds averaged, and the seed only where there is one scenario: its seeds resemble each other, and counted one by
 * one they would make intervals too narrow.
 */
function pairs(
  results: Results,
  scenarios: readonly Scenario[],
  policy: SimulatorPolicy,
  average: (values: readonly number[]) => number,
  compare: (run: Run, base: Run) => number,
): number[] {
  const byScenario = scenarios.map((scenario) => {
    const bases = results.of(scenario, results.plan.baseline);
    return results.of(scenario, policy).map((run, seed) => compare(run, bases[seed]!));
  });
  return byScenario.length === 1 ? byScenario[0]! : byScenario.map(average);
}

const errorShare = ({ errors, requests }: Run): number => (requests > 0 ? errors / requests : 0);

const eachLatency = <T>(of: (latency: Latency) => T): Record<Latency, T> =>
  Object.fromEntries(LATENCIES.map((latency) => [latency, of(latency)])) as Record<Latency, T>;
