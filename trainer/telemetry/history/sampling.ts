// The clock of the history: a sample a second.
import type { Logger } from 'pino';
import { EVERY_MS, type History } from './history.js';

/** @param now monotone, in ms, as the history knows it @returns what ends it */
export function startSampling(history: History, now: () => number, log: Logger): () => void {
  const timer = setInterval(() => {
    try {
      history.sample(now());
    } catch (error) {
      // Charts are not worth a trainer.
      log.error({ err: error }, 'no sample for the history');
    }
  }, EVERY_MS).unref();
  return () => clearInterval(timer);
}
