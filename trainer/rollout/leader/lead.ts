// The lead among the trainers on one data folder. One that died is followed within seconds.
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { EventSink } from '../../telemetry/event.js';
import { Election } from './election.js';
import { Epochs } from './epochs.js';
import { LeadershipLost, type Leadership, type Term } from './leadership.js';
import { Turns } from './turns.js';

export interface LeadOptions {
  /** Monotone clock, ms. */
  readonly now: () => number;
  /** Hears `leader.waiting`, `.leading`, `.lost`, `.trouble`. Not the event log, which is the leader's to write. */
  readonly events: EventSink;
  /** Between two signs of life. */
  readonly beatMs?: number;
  /** A leader without a sign of life for this long is taken for dead; some beats long. */
  readonly takeoverMs?: number;
}

export function lead(dir: string, options: LeadOptions): Leadership {
  return new FolderLeadership(dir, options);
}

class FolderLeadership implements Leadership {
  readonly #election: Election;
  readonly #events: EventSink;
  readonly #beatMs: number;
  readonly #turns = new Turns();
  #timer: NodeJS.Timeout | undefined;
  #isReleased = false;
  #trouble = '';

  constructor(dir: string, { now, events, beatMs = 500, takeoverMs = 4000 }: LeadOptions) {
    this.#events = events;
    this.#beatMs = beatMs;
    this.#election = new Election(new Epochs(join(dir, 'leader')), {
      now,
      takeoverMs,
      holder: `process ${process.pid} on ${hostname()}`,
      events,
      onLeading: (term) => this.#turns.come(term),
      onLost: (lost) => this.#turns.lost(lost),
    });
    void this.#step();
  }

  get state(): 'leading' | 'waiting' {
    return this.#election.isLeading ? 'leading' : 'waiting';
  }

  get whenLeading(): Promise<Term> {
    return this.#turns.promise;
  }

  onLost(listener: (lost: LeadershipLost) => void): () => void {
    return this.#turns.onLost(listener);
  }

  async release(): Promise<void> {
    this.#isReleased = true;
    clearTimeout(this.#timer);
    await this.#election.release();
    this.#turns.cancel(new LeadershipLost('this process does not wait for the lead any more'));
  }

  async #step(): Promise<void> {
    try {
      await this.#election.step();
      this.#trouble = '';
    } catch (error) {
      this.#complain((error as Error).message);
    }
    if (!this.#isReleased) this.#timer = setTimeout(() => void this.#step(), this.#beatMs);
  }

  /** Once, not at every step. */
  #complain(message: string): void {
    if (message !== this.#trouble) this.#events.emit('leader.trouble', `Leading: ${message}`);
    this.#trouble = message;
  }
}
