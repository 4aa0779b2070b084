// What one needs to know of a comparison to read its figures, in the same words wherever they stand.
import { plural } from '../evaluation/format.js';
import { PEERS } from '../learning/validation.js';
import type { Comparison } from './comparison.js';
import type { Budget } from './plan.js';

export function factsOf({ plan, backend }: Comparison, machine: string): string[] {
  const { algorithms, budget, workers, seeds, scenarios, validation, baseline } = plan;
  const interval =
    seeds > 1
      ? `Intervals are 95%, Student's t over the ${seeds} seeds: each is another training, on other requests of the same scenarios.`
      : 'A single seed tells nothing of how much is chance: there are no intervals.';
  return [
    `Each of ${plural(algorithms.length, 'algorithm')} learned ${plural(seeds, 'time')} for ${budgetText(budget)} on ${plural(workers, 'thread')}, from the seeds 1 to ${seeds}, on the families for training; TensorFlow.js on ${backend}; ${machine}.`,
    `Latencies on ${plural(scenarios.length, 'scenario')} (${scenarios.map(({ name }) => name).join(', ')}) are ratios to ${baseline} on the same requests. Below 1 is faster.`,
    `Validation: ${plural(validation.length, 'scenario')} that nothing learns from, relative to the best single one of ${PEERS.join(', ')}.`,
    interval,
  ];
}

export function budgetText({ minutes, updates }: Budget): string {
  const parts = [
    ...(minutes < Infinity
      ? [minutes < 2 ? `${Number((minutes * 60).toPrecision(3))} s` : `${minutes} minutes`]
      : []),
    ...(updates < Infinity ? [plural(updates, 'update')] : []),
  ];
  return parts.join(' or ');
}
