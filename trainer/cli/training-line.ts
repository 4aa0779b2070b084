// How a training stands, in a line: rewritten in place on a terminal, elsewhere one now and then.
import type { TrainingReport } from '../learning/training.js';

const LINE_MS = 10_000;
let due = 0;
let standing = '';

export function trainingLine(out: NodeJS.WriteStream, report: TrainingReport): void {
  const { updates, decisions, elapsedMs, leftMs, metrics } = report;
  if (report.standing)
    standing = `validation mean ${ratio(report.standing.mean)} p99 ${ratio(report.standing.p99)} of the best peer`;
  if (!out.isTTY && elapsedMs < due && !report.standing) return;
  due = elapsedMs + LINE_MS;
  const line = [
    `${clock(elapsedMs)}, ${clock(leftMs)} left`,
    `${updates} updates`,
    `${((decisions * 1000) / elapsedMs).toFixed(0)} decisions/s`,
    `return ${metrics.return.toFixed(3)}`,
    `entropy ${metrics.entropy.toFixed(3)}`,
    `value loss ${metrics.valueLoss.toFixed(3)}`,
    `temperature ${metrics.temperature.toFixed(3)}`,
    ...(standing ? [standing] : []),
  ].join('  ');
  out.write(out.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
}

const ratio = (value: number): string => value.toFixed(3);

function clock(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
