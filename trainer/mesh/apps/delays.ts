// Waiting for a time that is right on average. Node's timers know whole milliseconds and fire late; the error of each
// wait is taken off the next, so that an endpoint is as fast as its scenario says.

/** After a stall of the process, no more than this is made up for. */
const MAX_OWED_MS = 50;

export interface Clock {
  /** Milliseconds with a fraction, from any origin. */
  now(): number;
  /** Calls back after about `ms`, a whole number; 0 is as soon as possible. */
  after(ms: number, done: () => void): void;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after: (ms, done) => {
    if (ms === 0) setImmediate(done);
    else setTimeout(done, ms);
  },
};

export class Delays {
  /** Time that earlier waits were too short (or, negative, too long). */
  #owed = 0;

  constructor(readonly clock: Clock) {}

  wait(ms: number, done: () => void): void {
    const begin = this.clock.now();
    // Taken at once: of two waits at the same time only one may make up for the error.
    const wanted = ms + this.#owed;
    this.#owed = 0;
    this.clock.after(Math.max(0, Math.round(wanted)), () => {
      const missed = wanted - (this.clock.now() - begin);
      this.#owed = Math.max(-MAX_OWED_MS, Math.min(MAX_OWED_MS, this.#owed + missed));
      done();
    });
  }
}
