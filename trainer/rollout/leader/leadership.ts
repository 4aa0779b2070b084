// Who of several trainers on the same state writes to it and publishes: one leads, the others wait.

/** One time of leading. What is written under it is refused from the moment that it is over. */
export interface Term {
  /** Greater than that of every term before, over restarts too. */
  readonly epoch: number;
  /**
   * Resolves where this process leads, and goes on doing so for a while: to be asked right before whatever only a leader
   * may do, since a process may have been suspended for any time between two of its lines.
   * @throws {LeadershipLost} where it does not lead any more
   */
  check(): Promise<void>;
}

export interface Leadership {
  readonly state: 'leading' | 'waiting';
  /** Resolves when this process leads; after a loss there is a new promise. Rejects when released while waiting. */
  readonly whenLeading: Promise<Term>;
  /** Calls when a term ended against this process's will; it waits again by then. Returns what ends the calls. */
  onLost(listener: (lost: LeadershipLost) => void): () => void;
  /** Gives the lead up at once and waits no more. */
  release(): Promise<void>;
}

export class LeadershipLost extends Error {
  override readonly name = 'LeadershipLost';
}
