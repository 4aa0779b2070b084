// How far a long command is: a bar on a terminal, elsewhere a line now and then.
import { SingleBar, Presets } from 'cli-progress';

const LINE_MS = 10_000;

export interface Progress {
  /** So much is done, of the total. */
  update(done: number): void;
  /** Nothing of it stays on a terminal. */
  stop(): void;
}

/** @param now the clock, ms */
export function progress(
  out: NodeJS.WriteStream,
  noun: string,
  total: number,
  now: () => number = () => performance.now(),
): Progress {
  return out.isTTY ? bar(out, noun, total) : lines(out, noun, total, now);
}

function bar(stream: NodeJS.WriteStream, noun: string, total: number): Progress {
  const format = `{bar} {value} of {total} ${noun}, {duration_formatted}, {eta_formatted} left`;
  // Signals are the command's business, which `gracefulExit` would take over.
  const options = { format, stream, clearOnComplete: true, hideCursor: true, gracefulExit: false };
  const single = new SingleBar(options, Presets.shades_classic);
  single.start(total, 0);
  return { update: (done) => single.update(done), stop: () => single.stop() };
}

function lines(out: NodeJS.WritableStream, noun: string, total: number, now: () => number): Progress {
  const start = now();
  let due = start + LINE_MS;
  return {
    update: (done) => {
      const at = now();
      if (at < due) return;
      due = at + LINE_MS;
      out.write(`weir: ${done} of ${total} ${noun}, ${((at - start) / 1000).toFixed(0)} s\n`);
    },
    stop: () => undefined,
  };
}
