// What has to be undone, in reverse order of what was done.

export class Cleanup {
  readonly #steps: (() => unknown)[] = [];
  #running: Promise<void> | undefined;

  /** Adds a step; where the undoing has begun already, takes it at once. */
  add(step: () => unknown): void {
    if (this.#running) this.#running = this.#running.then(() => attempt(step));
    else this.#steps.push(step);
  }

  /** Takes every step, whatever fails on the way. Called twice, it is done once. */
  run(): Promise<void> {
    return (this.#running ??= this.#unwind());
  }

  async #unwind(): Promise<void> {
    for (const step of this.#steps.reverse()) await attempt(step);
  }
}

/** A step that fails must not keep the others from their turn. */
async function attempt(step: () => unknown): Promise<void> {
  try {
    await step();
  } catch {
    // What cannot be stopped any more is gone already.
  }
}
