// The trainer without learning, as a mesh on this machine has it: reports, the graph and the page; nothing is kept.
import { startServer, type ServerOptions, type TrainerServer } from '../server/server.js';
import { MemoryEvents } from '../telemetry/memory-events.js';
import { startObserving } from './observing.js';
import type { ServeOptions } from './options.js';

export interface PlainTrainerOptions extends Required<Pick<ServerOptions, 'port' | 'log' | 'now'>> {
  readonly traces: ServeOptions['traces'];
  /** Unix time in ms. */
  readonly wallNow: () => number;
}

/** @throws {Error} where the port is taken */
export async function startPlainTrainer(options: PlainTrainerOptions): Promise<TrainerServer> {
  const { traces, wallNow, ...server } = options;
  const events = new MemoryEvents(() => new Date(wallNow()));
  const observing = startObserving({ traces, events, log: server.log, now: server.now, wallNow });
  try {
    const trainer = await startServer({ ...server, wallNow, services: { events, ...observing.services } });
    return {
      ...trainer,
      close: async (graceMs) => {
        await trainer.close(graceMs);
        await observing.close();
      },
    };
  } catch (error) {
    await observing.close();
    throw error;
  }
}
