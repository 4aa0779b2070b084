// Shows figures while they change: in place on a terminal, a line every two seconds elsewhere.
import { createLogUpdate } from 'log-update';
import type { Figures } from './state.js';
import { renderLine, renderTable, type Heading } from './text.js';

const LINE_SECONDS = 2;

export interface LiveView {
  update(heading: Heading, figures: Figures): void;
  /** The last word, which stays; after it nothing is shown. */
  done(summary: string): void;
}

export function liveView(out: NodeJS.WriteStream): LiveView {
  return out.isTTY ? table(out) : lines(out);
}

function table(out: NodeJS.WriteStream): LiveView {
  const log = createLogUpdate(out);
  return {
    update: (heading, figures) => log(renderTable(heading, figures)),
    done: (summary) => {
      log(summary);
      log.done();
    },
  };
}

function lines(out: NodeJS.WritableStream): LiveView {
  let due = LINE_SECONDS;
  return {
    update: (heading, figures) => {
      if (figures.seconds < due) return;
      due = (Math.floor(figures.seconds / LINE_SECONDS) + 1) * LINE_SECONDS;
      out.write(`${renderLine(heading, figures)}\n`);
    },
    done: (summary) => void out.write(`${summary}\n`),
  };
}
