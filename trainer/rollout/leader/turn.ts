// The wait for one term.
import type { LeadershipLost, Term } from './leadership.js';

export class Turn {
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
