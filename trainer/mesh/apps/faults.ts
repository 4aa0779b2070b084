// The faults of one endpoint over time. `add` and `remove` are here an endpoint that refuses connections before or after:
// the sidecars of a local mesh have fixed clusters.
import { alternating } from '../../environment/alternating.js';
import { hitEndpoints } from '../../environment/hits.js';
import { createRandom } from '../../environment/random.js';
import type { Fault } from '../../environment/scenario.js';

export interface Condition {
  /** Multiplies the endpoint's speed. */
  readonly speedFactor: number;
  readonly down: boolean;
  /** Share of the requests that fail. */
  readonly errorRate: number;
}

/** A condition over time; times must not decrease from call to call. */
export type Timeline = (seconds: number) => Partial<Condition>;

export interface Target {
  readonly service: string;
  readonly endpoint: number;
  /** Number of endpoints of the service. */
  readonly endpoints: number;
}

const during =
  (from: number, to: number, condition: Partial<Condition>): Timeline =>
  (seconds) =>
    seconds >= from && seconds < to ? condition : {};

function timelineOf(fault: Fault, index: number, target: Target, seed: number): Timeline | undefined {
  if (fault.service !== target.service) return undefined;
  if (fault.kind === 'random-slow') {
    if (!hitEndpoints(seed, index, fault.share, target.endpoints).includes(target.endpoint)) return undefined;
    const own = createRandom(seed).fork(`fault ${index} at endpoint ${target.endpoint}`);
    const slow = alternating(own, fault.meanOnSeconds, fault.meanOffSeconds);
    return (seconds) => (slow(seconds) ? { speedFactor: fault.factor } : {});
  }
  if (fault.endpoint !== target.endpoint) return undefined;
  if (fault.kind === 'add') return during(-Infinity, fault.atSeconds, { down: true });
  if (fault.kind === 'remove') return during(fault.atSeconds, Infinity, { down: true });
  const [from, to] = [fault.fromSeconds, fault.toSeconds ?? Infinity];
  if (fault.kind === 'slow') return during(from, to, { speedFactor: fault.factor });
  if (fault.kind === 'errors') return during(from, to, { errorRate: fault.rate });
  return during(from, to, { down: true });
}

/** The condition of an endpoint over time, all faults together: slowdowns multiply, the highest error rate counts. */
export function faultTimeline(faults: readonly Fault[], target: Target, seed: number) {
  const timelines = faults.flatMap((fault, i) => timelineOf(fault, i, target, seed) ?? []);
  return (seconds: number): Condition => {
    let [speedFactor, down, errorRate] = [1, false, 0];
    for (const timeline of timelines) {
      const condition = timeline(seconds);
      speedFactor *= condition.speedFactor ?? 1;
      down ||= condition.down ?? false;
      errorRate = Math.max(errorRate, condition.errorRate ?? 0);
    }
    return { speedFactor, down, errorRate };
  };
}
