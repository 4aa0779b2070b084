// What happened, for people and for the page: every step of a rollout, every finding, with its numbers.

export interface TrainerEvent {
  /** Grows by one an event, over restarts too. */
  readonly seq: number;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** Dotted, from the general to the special: `rollout.promoted`, `registry.added`, `leader.lost`. */
  readonly kind: string;
  /** One sentence for a person. */
  readonly message: string;
  /** The numbers behind it. */
  readonly data: Readonly<Record<string, unknown>>;
}

export interface EventSink {
  /** Never throws and never waits: who reports an event has other work. */
  emit(kind: string, message: string, data?: Readonly<Record<string, unknown>>): void;
}
