// What decisions have cost as measured, for algorithms that learn from the action taken alone: settled decisions only, in
// the utility of reward.ts, against the running mean of their service, so that a mesh of seconds counts as one of
// milliseconds.
import { ENDPOINT_FEATURES } from '../actor/features.js';
import { FEATURES } from '../actor/model.js';
import { INPUT_UNIT } from '../actor/quantise.js';
import { HIDDEN, HIDDEN_FIELDS } from '../environment/decisions.js';
import { isChoice, type Origin } from './batch.js';
import type { Experience } from './experience.js';
import { utility, type RewardWeights } from './reward.js';

/** A decision whose outcome is known. */
export interface Transition extends Origin {
  readonly measured: number;
  /** The same less the mean of the service's decisions so far. */
  readonly cost: number;
  /** The service's next one in the same stretch. */
  readonly next: Transition | undefined;
}

const RATE = ENDPOINT_FEATURES.indexOf('rate');
const [CPU, MEMORY] = [HIDDEN_FIELDS.indexOf('cpu'), HIDDEN_FIELDS.indexOf('memory')];

/** The settled decisions of a stretch, in time order within each service, one list a service. */
export function transitionsOf(experience: Experience, reward: RewardWeights): Transition[][] {
  const known = new Map<number, { index: number; measured: number }[]>();
  const { decisions, statistics, latency } = experience;
  for (let index = 0; index < decisions.count; index++) {
    if (Number.isNaN(latency[index]) || !isChoice({ experience, index })) continue;
    const service = decisions.service[index]!;
    const measured = costOf(experience, index, reward);
    statistics.costOf(service).add(measured);
    const before = known.get(service);
    if (before) before.push({ index, measured });
    else known.set(service, [{ index, measured }]);
  }
  return [...known].map(([service, list]) => linked(experience, list, statistics.costOf(service).value));
}

function linked(
  experience: Experience,
  list: readonly { index: number; measured: number }[],
  mean: number,
): Transition[] {
  let next: Transition | undefined;
  return list
    .toReversed()
    .map(({ index, measured }) => (next = { experience, index, measured, cost: measured - mean, next }))
    .reverse();
}

function costOf(experience: Experience, index: number, reward: RewardWeights): number {
  const { decisions, scenario, statistics } = experience;
  const row = decisions.chosen[index]!;
  const first = decisions.first[index]!;
  const end = decisions.first[index + 1]!;
  const own = Math.max(1e-3, Math.min(experience.latency[index]!, scenario.timeoutMs));
  const mean = statistics.latencyOf(decisions.service[index]!);
  mean.add(own);
  const failed = experience.failed[index] === 1 ? reward.errors * mean.value : 0;
  const delayed = reward.others * experience.delayed[index]!;
  const above = (field: number) => {
    let sum = 0;
    for (let other = first; other < end; other++) sum += decisions.hidden[other * HIDDEN + field]!;
    return decisions.hidden[row * HIDDEN + field]! - sum / (end - first);
  };
  const recent = Math.min(1, 2 ** (decisions.features[row * FEATURES + RATE]! / INPUT_UNIT) / (end - first));
  return (
    utility(own + delayed + failed, reward.exponent) +
    reward.cpu * above(CPU) +
    reward.memory * above(MEMORY) +
    reward.moves * (1 - recent)
  );
}
