// Keeps the twins up to date: one calibration after the other, beside everything else.
import { encodeModel } from '../actor/model-file.js';
import type { Model } from '../actor/model.js';
import type { EventSink } from '../telemetry/event.js';
import type { Twin } from '../telemetry/twin/twin.js';
import { inSpan } from '../tracing/in-span.js';

const EVERY_MS = 30_000;

export class Calibration {
  #running: Promise<void> | undefined;
  #nextAt = 0;

  /** @param current the model that serves at a time */
  constructor(
    private readonly twin: Twin,
    private readonly current: (now: number) => Promise<Model>,
    private readonly events: EventSink,
  ) {}

  /** Begins one where it is due and none is under way. */
  tick(now: number): void {
    if (this.#running || now < this.#nextAt) return;
    this.#nextAt = now + EVERY_MS;
    this.#running = this.#calibrate(now).finally(() => (this.#running = undefined));
  }

  /** Waits for the one under way. */
  async close(): Promise<void> {
    await this.#running;
  }

  async #calibrate(now: number): Promise<void> {
    try {
      await inSpan('twin.calibrate', {}, async () => {
        const model = encodeModel(await this.current(now));
        await this.twin.calibrate(now, { policy: 'actor', model });
      });
    } catch (error) {
      this.events.emit('twin.failed', `The twin could not be calibrated: ${(error as Error).message}.`);
    }
  }
}
