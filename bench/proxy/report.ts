// What the runs say, for people and as metrics.
import { columns, median, short } from '../result.js';
import type { Run } from './measure.js';

/** Below this share of its core, something else than the Envoy under test limits. */
const BUSY = 0.9;

/** One paired comparison: how `runs` stand to the `base` of the same round. */
export interface Comparison {
  readonly throughputRatio: number;
  readonly p50Ratio: number;
  readonly p99Ratio: number;
  readonly cpuUsMore: number;
}

export function compare(runs: readonly Run[], base: readonly Run[]): Comparison {
  const paired = (of: (run: Run, base: Run) => number): number =>
    median(runs.flatMap((run, round) => (base[round] ? [of(run, base[round])] : [])));
  return {
    throughputRatio: paired((run, other) => run.throughput / other.throughput),
    p50Ratio: paired((run, other) => run.p50Us / other.p50Us),
    p99Ratio: paired((run, other) => run.p99Us / other.p99Us),
    cpuUsMore: paired((run, other) => run.cpuUs - other.cpuUs),
  };
}

/** A line a variant; the first one is what the others are compared with. */
export function runTable(runs: ReadonlyMap<string, readonly Run[]>): string {
  const [base = []] = runs.values();
  const rows = [...runs].map(([name, own]) => {
    const of = (key: keyof Run): number => median(own.map((run) => run[key]));
    const { throughputRatio, cpuUsMore } = compare(own, base);
    return [
      name,
      of('throughput').toFixed(0),
      throughputRatio.toFixed(3),
      of('p50Us').toFixed(0),
      of('p99Us').toFixed(0),
      of('cpuUs').toFixed(2),
      `+${cpuUsMore.toFixed(2)}`.replace('+-', '-'),
      of('cpuShare').toFixed(2),
    ];
  });
  const head = ['medians', 'requests/s', 'ratio', 'p50 us', 'p99 us', 'cpu us/request', 'more', 'cpu share'];
  return columns([head, ...rows]);
}

/** A warning where the premise of the measurement does not hold, else undefined. */
export function bottleneckWarning(runs: ReadonlyMap<string, readonly Run[]>): string | undefined {
  const idle = [...runs].filter(([, own]) => !(median(own.map((run) => run.cpuShare)) >= BUSY));
  if (idle.length === 0) return undefined;
  const names = idle.map(([name]) => name).join(', ');
  return `the Envoy under test was not busy all the time (${names}): ratios of throughput and latency are too kind, cpu times stand`;
}

export function hostCallTable(nanoseconds: ReadonlyMap<string, number>): string {
  return columns([['host call', 'ns'], ...[...nanoseconds].map(([name, ns]) => [name, short(ns)])]);
}
