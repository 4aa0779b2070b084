// What a benchmark leaves behind: the machine, the commit, the metrics and the raw samples they were made from.
import { execFileSync } from 'node:child_process';
import { packageRoot } from '../trainer/cli/package-root.js';
import { machine as hardware } from '../trainer/evaluation/machine.js';

export interface Result {
  readonly bench: string;
  readonly commit: string;
  readonly machine: string;
  readonly metrics: Readonly<Record<string, number>>;
  readonly samples: Readonly<Record<string, readonly number[]>>;
}

/** `software`: what else the figures depend on, such as the Envoy's version. */
export function result(
  bench: string,
  software: string,
  metrics: Result['metrics'],
  samples: Result['samples'],
): Result {
  return { bench, commit: commit(), machine: machine(software), metrics, samples };
}

/** `+` behind the commit: the working tree differs from it. */
export function commit(): string {
  try {
    const git = (...args: string[]): string =>
      execFileSync('git', args, { cwd: packageRoot, encoding: 'utf8', stdio: 'pipe' }).trim();
    return git('rev-parse', '--short=8', 'HEAD') + (git('status', '--porcelain') === '' ? '' : '+');
  } catch {
    return 'unknown';
  }
}

export const machine = (software: string): string => `${hardware()}, ${software}`;

export interface Target {
  readonly atLeast?: number;
  readonly atMost?: number;
}

/** The metrics beside what is wanted of them. */
export function metricLines({ metrics }: Result, targets: Readonly<Record<string, Target>>): string {
  const rows = Object.entries(metrics).map(([name, value]) => {
    const { atLeast, atMost } = targets[name] ?? {};
    if (atLeast === undefined && atMost === undefined) return [name, short(value), '', ''];
    const met = value >= (atLeast ?? -Infinity) && value <= (atMost ?? Infinity);
    const wanted = atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
    return [name, short(value), wanted, met ? 'met' : 'MISSED'];
  });
  return columns([['metric', 'value', 'target', ''], ...rows]);
}

/** Four significant digits at least. */
export function short(value: number): string {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(4)));
}

/** Text in columns: the first one to the left, the others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const width = (column: number): number => Math.max(...rows.map((row) => row[column]?.length ?? 0));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(width(i)) : cell.padStart(width(i))))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** The smallest value that a share `q` of all does not exceed. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}
