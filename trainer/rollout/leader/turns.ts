// The wait for one term after another, and who hears when one is lost.
import type { LeadershipLost, Term } from './leadership.js';

export class Turns {
  readonly #listeners = new Set<(lost: LeadershipLost) => void>();
  #turn = new Turn();

  /** Of the next term, or of the one that is. */
  get promise(): Promise<Term> {
    return this.#turn.promise;
  }

  come(term: Term): void {
    this.#turn.come(term);
  }

  /** Rejects for who waits. */
  cancel(reason: LeadershipLost): void {
    this.#turn.cancel(reason);
  }

  /** After it there is a new promise. */
  lost(reason: LeadershipLost): void {
    this.#turn = new Turn();
    for (const listener of this.#listeners) listener(reason);
  }

  onLost(listener: (lost: LeadershipLost) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}

class Turn {
  come!: (term: Term) => void;
  cancel!: (reason: LeadershipLost) => void;
  readonly promise = new Promise<Term>((resolve, reject) => {
    this.come = resolve;
    this.cancel = reject;
  });

  constructor() {
    // Nobody has to wait for it.
    this.promise.catch(() => undefined);
  }
}
