// How a training stands, in a line: rewritten in place on a terminal, elsewhere one now and then. And the same as JSON.
import { appendFileSync } from 'node:fs';
import type { Board } from '../learning/tensorboard.js';
import type { TrainingReport } from '../learning/training.js';

const LINE_MS = 10_000;

/** Tells of a training: people on stderr, programs in the file for metrics, both on the board. */
export class Reporter {
  /** By place. */
  readonly #unwritten = new Map<string, Error>();
  #backend = '';
  #standing = '';
  /** When the next line is due where they are not rewritten. */
  #dueMs = 0;

  constructor(
    readonly metrics: string | undefined,
    readonly board?: Board,
  ) {}

  /** Why the latest metrics could not be written somewhere. */
  get unwritten(): Error | undefined {
    return [...this.#unwritten.values()][0];
  }

  add(report: TrainingReport): void {
    if (report.backend !== this.#backend)
      process.stderr.write(`weir: TensorFlow.js on ${(this.#backend = report.backend)}\n`);
    this.#line(process.stderr, report);
    this.#keep(report);
  }

  /** The line that was rewritten in place stays. */
  end(): void {
    if (process.stderr.isTTY) process.stderr.write('\n');
    const { board } = this;
    if (board)
      this.#write(board.folder, () => {
        board.flush();
      });
  }

  #line(out: NodeJS.WriteStream, report: TrainingReport): void {
    const { updates, decisions, elapsedMs, leftMs, metrics } = report;
    if (report.standing)
      this.#standing = `validation mean ${ratio(report.standing.mean)} p99 ${ratio(report.standing.p99)} of the best peer`;
    if (!out.isTTY && elapsedMs < this.#dueMs && !report.standing) return;
    this.#dueMs = elapsedMs + LINE_MS;
    const line = [
      `${clock(elapsedMs)}, ${clock(leftMs)} left`,
      `${updates} updates`,
      `${((decisions * 1000) / elapsedMs).toFixed(0)} decisions/s`,
      `return ${metrics.return.toFixed(3)}`,
      `entropy ${metrics.entropy.toFixed(3)}`,
      `value loss ${metrics.valueLoss.toFixed(3)}`,
      `temperature ${metrics.temperature.toFixed(3)}`,
      ...(this.#standing ? [this.#standing] : []),
    ].join('  ');
    out.write(out.isTTY ? `\r\x1b[2K${line}` : `${line}\n`);
  }

  #keep(report: TrainingReport): void {
    const { metrics, board } = this;
    if (metrics !== undefined)
      this.#write(metrics, () => {
        appendFileSync(metrics, `${JSON.stringify(report)}\n`);
      });
    if (board)
      this.#write(board.folder, () => {
        board.add(report);
      });
  }

  /** A full disk must not end a training of hours. */
  #write(where: string, write: () => void): void {
    try {
      write();
      this.#unwritten.delete(where);
    } catch (error) {
      const why = `${where}: metrics cannot be written: ${(error as Error).message}`;
      if (!this.#unwritten.has(where)) process.stderr.write(`weir: ${why}\n`);
      this.#unwritten.set(where, new Error(why, { cause: error }));
    }
  }
}

const ratio = (value: number): string => value.toFixed(3);

function clock(ms: number): string {
  if (!Number.isFinite(ms)) return '?';
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
