// The reward of an action, and what it is measured against. By Little's law the jobs in a system over time are the sum of
// their latencies: what a decision adds to it is the request's own latency and the delay that it causes to others.
import { FEATURES } from '../actor/model.js';
import { ENDPOINT_FEATURES } from '../actor/features.js';
import { HIDDEN } from '../environment/decisions.js';
import type { Batch } from './batch.js';

/** Weights of the reward's terms. */
export interface RewardWeights {
  /** Of the delay to requests behind, beside the own latency's 1. */
  readonly others: number;
  /** A failed request counts as one that takes so many mean latencies. */
  readonly errors: number;
  /** Of cpu and memory utilisation above the mean of the endpoints. */
  readonly cpu: number;
  readonly memory: number;
  /** Of sending to an endpoint that this worker has sent little to of late. */
  readonly moves: number;
  /** 0 counts ratios (log), 1 differences of latency (Box and Cox, 1964). */
  readonly exponent: number;
}

export const DEFAULT_REWARD: RewardWeights = {
  others: 1,
  errors: 5,
  cpu: 0.01,
  memory: 0.01,
  moves: 0.002,
  exponent: 0,
};

const RATE = ENDPOINT_FEATURES.indexOf('rate');

/** (x^exponent - 1) / exponent, log x at 0. */
export const utility = (x: number, exponent: number): number =>
  exponent === 0 ? Math.log(x) : (x ** exponent - 1) / exponent;

/**
 * Cost (negative reward) of every action of a batch, B x N; 0 where an endpoint could not be chosen.
 * @param delays expected number of requests delayed by each action, B x N
 */
export function costs(batch: Batch, delays: Float32Array, weights: RewardWeights): Float32Array {
  const { decisions, endpoints } = batch;
  const result = new Float32Array(decisions * endpoints);
  for (let d = 0; d < decisions; d++) {
    const { experience, index } = batch.origin[d]!;
    const { statistics, scenario } = experience;
    const mean = statistics.latencyOf(experience.decisions.service[index]!);
    const first = d * endpoints;
    const [cpu, memory] = [6, 8].map((field) => average(batch, d, field)) as [number, number];
    let expected = 0;
    for (let cell = first; cell < first + endpoints; cell++) {
      if (batch.eligible[cell] === 0) continue;
      const h = cell * HIDDEN;
      const latency = Math.min(batch.hidden[h]!, scenario.timeoutMs);
      const slotMs = batch.hidden[h + 1]! / batch.hidden[h + 5]!;
      const total = latency + weights.others * delays[cell]! * slotMs;
      expected += batch.behaviour[cell]! * latency;
      // Who waits until the time-out has failed, whatever the endpoint then does.
      const failure = latency < scenario.timeoutMs ? batch.hidden[h + 7]! : 1;
      const failed =
        failure > 0 ? utility(total + weights.errors * (mean.value || latency), weights.exponent) : 0;
      const recent = Math.min(1, 2 ** batch.features[cell * FEATURES + RATE]! * batch.inverse[d]!);
      result[cell] =
        (1 - failure) * utility(total, weights.exponent) +
        failure * failed +
        weights.cpu * (batch.hidden[h + 6]! - cpu) +
        weights.memory * (batch.hidden[h + 8]! - memory) +
        weights.moves * (1 - recent);
    }
    mean.add(expected);
  }
  return result;
}

function average(batch: Batch, decision: number, field: number): number {
  let sum = 0;
  const first = decision * batch.endpoints;
  for (let cell = first; cell < first + batch.endpoints; cell++)
    if (batch.present[cell] === 1) sum += batch.hidden[cell * HIDDEN + field]!;
  return sum * batch.inverse[decision]!;
}

/**
 * A(s, a) = R - V(s) as a cost: each action's cost less the expected one under the policy, B x N, in standard deviations
 * of its mesh, so that no mesh outweighs another; clipped at `most`.
 */
export function advantages(batch: Batch, cost: Float32Array, most: number): Float32Array {
  const { decisions, endpoints, behaviour, eligible } = batch;
  const result = new Float32Array(decisions * endpoints);
  for (let d = 0; d < decisions; d++) {
    const first = d * endpoints;
    let value = 0;
    for (let cell = first; cell < first + endpoints; cell++) value += behaviour[cell]! * cost[cell]!;
    let variance = 0;
    for (let cell = first; cell < first + endpoints; cell++) {
      if (eligible[cell] === 0) continue;
      result[cell] = cost[cell]! - value;
      variance += behaviour[cell]! * result[cell]! ** 2;
    }
    batch.origin[d]!.experience.statistics.variance.add(variance);
  }
  for (let d = 0; d < decisions; d++) {
    const deviation = Math.sqrt(batch.origin[d]!.experience.statistics.variance.value + 1e-4);
    for (let cell = d * endpoints; cell < (d + 1) * endpoints; cell++)
      result[cell] = Math.max(-most, Math.min(most, result[cell]! / deviation));
  }
  return result;
}
