// Ctrl-C once: end in good order. Twice: at once; the guard then ends what was started.
import { EXIT_INTERRUPTED } from './errors.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
/** One Ctrl-C under npm or timeout arrives twice: from the terminal, and passed on by them. */
const SAME_PRESS_MS = 250;

export interface Signals {
  readonly stop: AbortSignal;
  /** Back to what Node does by itself. */
  restore(): void;
}

export function onSignals(): Signals {
  const controller = new AbortController();
  let first: number | undefined;
  const stop = () => {
    const now = performance.now();
    first ??= now;
    if (now - first > SAME_PRESS_MS) process.exit(EXIT_INTERRUPTED);
    controller.abort();
  };
  for (const name of SIGNALS) process.on(name, stop);
  return {
    stop: controller.signal,
    restore: () => SIGNALS.forEach((name) => process.off(name, stop)),
  };
}
