// The JSON of `weir compare` (docs/algorithms/comparison.md).
import { evaluationRecords, type EvaluationRecord } from '../evaluation/record.js';
import type { Comparison, CurvePoint } from './comparison.js';
import type { ThroughputSeries } from './panels.js';

export interface ComparisonRecord {
  readonly runs: readonly {
    readonly algorithm: string;
    readonly seed: number;
    readonly curve: readonly CurvePoint[];
    readonly evaluation: readonly EvaluationRecord[];
  }[];
  readonly peers: readonly EvaluationRecord[];
  /** What the figure draws: of the seeds together. */
  readonly throughput: readonly ThroughputSeries[];
  readonly backend: string;
  readonly machine: string;
  readonly command: string;
}

export function comparisonRecord(
  { runs, peers, backend }: Comparison,
  throughput: readonly ThroughputSeries[],
  { machine, command }: { readonly machine: string; readonly command: string },
): ComparisonRecord {
  return {
    runs: runs.map(({ algorithm, seed, curve, results }) => ({
      algorithm,
      seed,
      curve,
      evaluation: evaluationRecords(results).results,
    })),
    peers: evaluationRecords(peers).results,
    throughput,
    backend,
    machine,
    command,
  };
}
