// A part that looks at what the API server has, does what is missing, and looks again.
import { setTimeout as pause } from 'node:timers/promises';
import { isOutdated } from './clients.js';

const PERIOD_MS = 500;

export interface ControlLoop {
  stop(): Promise<void>;
}

/** What fails is done again in the next round; said is what is no race with another part. */
export function startControlLoop(round: () => Promise<void>): ControlLoop {
  let stopping = false;
  const over = loop();
  return {
    async stop() {
      stopping = true;
      await over;
    },
  };

  async function loop(): Promise<void> {
    while (!stopping) {
      await round().catch((error: unknown) => {
        if (!isOutdated(error)) process.stderr.write(`a control loop: ${(error as Error).message}\n`);
      });
      await pause(PERIOD_MS);
    }
  }
}
