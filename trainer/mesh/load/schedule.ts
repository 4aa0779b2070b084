// The requests of a scenario, planned from its seed alone: when, what, through which proxy.
import { arrivalTimes } from '../../environment/arrivals.js';
import { arrivalRate, findService } from '../../environment/capacity.js';
import { createRandom } from '../../environment/random.js';
import type { Scenario } from '../../environment/scenario.js';
import { jobSampler } from '../../environment/service-time.js';

export interface PlannedRequest {
  readonly index: number;
  readonly atMs: number;
  readonly path: string;
  readonly jobMs: number;
  /** Which client sidecar it goes through. */
  readonly proxy: number;
}

/** Without end. Times, paths and jobs do not depend on the number of proxies. */
export function* plannedRequests(scenario: Scenario, proxies: number): Generator<PlannedRequest, never> {
  const random = createRandom(scenario.seed);
  const [jobs, spread] = [random.fork('jobs'), random.fork('spread')];
  const sample = jobSampler(findService(scenario, scenario.load.service));
  const arrivals = arrivalTimes(arrivalRate(scenario), scenario.load.pattern, random.fork('arrivals'));
  for (let index = 0; ; index++) {
    const { path, ms } = sample(jobs);
    yield { index, atMs: arrivals.next().value * 1000, path, jobMs: ms, proxy: spread.int(proxies) };
  }
}
