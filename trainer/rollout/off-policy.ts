// Off-policy evaluation: what a candidate's choices would have led to, from decisions that the current model made.
// Importance sampling, self-normalised (Swaminathan and Joachims 2015), and doubly robust (Dudik, Langford, Li 2011).
import { CONTEXT, FEATURES } from '../actor/model.js';
import { INPUT_UNIT } from '../actor/quantise.js';
import { meanInterval, type Estimate } from '../evaluation/interval.js';
import type { LiveRecord } from './live-records.js';
import { fitRidge, predict, type Line } from '../evaluation/ridge.js';

/** Weights above it count as it: a bias towards the current model, for a bounded variance (Ionides 2008). */
export const WEIGHT_CLIP = 10;
/** Inputs are within 4; a ridge of some observations keeps a fit of few records tame. */
const RIDGE = 10;
const INPUTS = FEATURES + CONTEXT;

export interface OffPolicy {
  /** Kish's: as many unweighted records would say as much. At most the number of records. */
  readonly effectiveRecords: number;
  readonly clippedShare: number;
  /** Natural logarithm of the latency, candidate less current. */
  readonly importanceSampling: number;
  readonly doublyRobust: Estimate;
  /** Share of failures, candidate's by importance sampling less the current's. */
  readonly errorsMore: number;
}

/** @param chances of the candidate, for each record that of each endpoint */
export function offPolicy(records: readonly LiveRecord[], chances: readonly Float64Array[]): OffPolicy {
  const raw = records.map(({ action, probability }, i) => chances[i]![action]! / probability);
  const weights = raw.map((weight) => Math.min(WEIGHT_CLIP, weight));
  const sum = total(weights);
  const logs = records.map(({ latencyMs }) => Math.log(latencyMs));
  const failures = records.map(({ error }) => (error ? 1 : 0));
  const weighted = (values: readonly number[]) => total(values.map((value, i) => value * weights[i]!)) / sum;
  const plain = (values: readonly number[]) => total(values) / values.length;
  return {
    effectiveRecords: (sum * sum) / total(weights.map((weight) => weight * weight)),
    clippedShare: raw.filter((weight) => weight > WEIGHT_CLIP).length / raw.length,
    importanceSampling: weighted(logs) - plain(logs),
    doublyRobust: meanInterval(differences(records, chances, weights, logs)),
    errorsMore: weighted(failures) - plain(failures),
  };
}

/** Each half of the records is predicted by what was learned from the other one, so that no record vouches for itself. */
function differences(
  records: readonly LiveRecord[],
  chances: readonly Float64Array[],
  weights: readonly number[],
  logs: readonly number[],
): number[] {
  const inHalf = (half: number) => records.map((_, i) => i).filter((i) => i % 2 === half);
  const lines = [1, 0].map((half): Line => {
    const rows = inHalf(half);
    const inputs = rows.map((i) => inputOf(records[i]!, records[i]!.action));
    return fitRidge({ columns: INPUTS, inputs, targets: rows.map((i) => logs[i]!) }, RIDGE);
  });
  return records.map((record, i) => {
    const line = lines[i % 2]!;
    let expected = 0;
    chances[i]!.forEach(
      (chance, endpoint) => (expected += chance * predict(line, inputOf(record, endpoint))),
    );
    const surprise = logs[i]! - predict(line, inputOf(record, record.action));
    return expected + weights[i]! * surprise - logs[i]!;
  });
}

function inputOf({ features, context }: LiveRecord, endpoint: number): Float64Array {
  const input = new Float64Array(INPUTS);
  for (let i = 0; i < FEATURES; i++) input[i] = features[endpoint * FEATURES + i]! / INPUT_UNIT;
  for (let i = 0; i < CONTEXT; i++) input[FEATURES + i] = context[i]! / INPUT_UNIT;
  return input;
}

const total = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
