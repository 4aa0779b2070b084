// The lead among the trainers of a cluster: who holds the Lease, and then the data folder too. The Lease is between those
// that may not share a folder, the folder's own lead keeps its files safe from whoever does.
import type { EventSink } from '../../telemetry/event.js';
import { lead } from './lead.js';
import { LeadershipLost, type Leadership, type Term } from './leadership.js';
import { LeaseForbidden, type LeaseClient } from './lease-client.js';
import { LeaseElection, type Hold } from './lease-election.js';
import { Turns } from './turns.js';

export interface LeaseLeadOptions {
  /** Monotone clock, ms. */
  readonly now: () => number;
  /** Unix time, ms. */
  readonly wallNow: () => number;
  /** Hears `leader.waiting`, `.leading`, `.lost`, `.trouble`, as of a folder. */
  readonly events: EventSink;
  readonly identity: string;
  readonly leaseDurationSeconds: number;
  readonly renewDeadlineSeconds: number;
  readonly retryPeriodSeconds: number;
}

export function leaseLead(dir: string, client: LeaseClient, options: LeaseLeadOptions): Leadership {
  return new LeaseLeadership(dir, client, options);
}

class LeaseLeadership implements Leadership {
  readonly #dir: string;
  readonly #options: LeaseLeadOptions;
  readonly #election: LeaseElection;
  readonly #turns = new Turns();
  readonly #closed = new AbortController();
  #isLeading = false;
  #hold: Hold | undefined;
  /** Of the data folder, while the Lease is held. */
  #folder: Leadership | undefined;
  #given: Promise<void> = Promise.resolve();
  #isStepping = false;
  #timer: NodeJS.Timeout | undefined;
  #trouble: string | undefined;

  constructor(dir: string, client: LeaseClient, options: LeaseLeadOptions) {
    this.#dir = dir;
    this.#options = options;
    this.#election = new LeaseElection(client, {
      ...options,
      renewDeadlineMs: options.renewDeadlineSeconds * 1000,
      onHeld: (hold) => void this.#held(hold),
      onLost: (lost) => this.#lost(lost),
      onWaiting: (holder) =>
        options.events.emit('leader.waiting', `${holder} holds the ${client.what}; this process waits.`, {
          holder,
        }),
    });
    this.#tick();
  }

  get state(): 'leading' | 'waiting' {
    return this.#isLeading ? 'leading' : 'waiting';
  }

  get whenLeading(): Promise<Term> {
    return this.#turns.promise;
  }

  onLost(listener: (lost: LeadershipLost) => void): () => void {
    return this.#turns.onLost(listener);
  }

  /** The folder first: by the time that another one may lead, nothing of this one is in its way. */
  async release(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#timer);
    this.#leave();
    await this.#given;
    // Where that is impossible, the others wait for the Lease's duration.
    await this.#election.release().catch((error: unknown) => this.#complain(error));
    this.#turns.cancel(new LeadershipLost('this process does not wait for the lead any more'));
  }

  /** Looks again after a while, and at once when a hold ends, though the API server may be silent meanwhile. */
  #tick(): void {
    const left = this.#election.expire();
    if (!this.#isStepping) void this.#step();
    const retryMs = this.#options.retryPeriodSeconds * 1000;
    this.#timer = setTimeout(() => this.#tick(), left > 0 ? Math.min(retryMs, Math.ceil(left)) : retryMs);
  }

  async #step(): Promise<void> {
    this.#isStepping = true;
    try {
      await this.#election.step(this.#closed.signal);
      this.#trouble = undefined;
    } catch (error) {
      if (!this.#closed.signal.aborted) this.#complain(error);
    } finally {
      this.#isStepping = false;
    }
  }

  async #held(hold: Hold): Promise<void> {
    this.#hold = hold;
    await this.#given;
    if (this.#hold !== hold || this.#closed.signal.aborted) return;
    const { now, events } = this.#options;
    const folder = lead(this.#dir, { now, events });
    const follow = () =>
      void folder.whenLeading.then(
        (term) => {
          if (this.#folder !== folder) return;
          this.#isLeading = true;
          this.#turns.come(within(hold, term));
        },
        () => undefined,
      );
    this.#folder = folder;
    folder.onLost((lost) => {
      this.#end(lost);
      follow();
    });
    follow();
  }

  #lost(lost: LeadershipLost): void {
    if (this.#isLeading) this.#options.events.emit('leader.lost', lost.message);
    this.#leave();
    this.#end(lost);
  }

  #leave(): void {
    this.#hold = undefined;
    const folder = this.#folder;
    this.#folder = undefined;
    if (folder) this.#given = folder.release().catch((error: unknown) => this.#complain(error));
  }

  #end(lost: LeadershipLost): void {
    if (!this.#isLeading) return;
    this.#isLeading = false;
    this.#turns.lost(lost);
  }

  /** Once, not at every try; the rights that are missing are news all the same. */
  #complain(error: unknown): void {
    const { name, message } = error as Error;
    const trouble = error instanceof LeaseForbidden ? name : 'Error';
    if (trouble !== this.#trouble) this.#options.events.emit('leader.trouble', `Leading: ${message}`);
    this.#trouble = trouble;
  }
}

/**
 * The folder's epoch counts: it is what the files of the folder are fenced by, and it grows over all terms on it, whoever
 * held the Lease. The Lease's own count of transitions begins anew where somebody deletes the Lease.
 */
function within(hold: Hold, term: Term): Term {
  return {
    get epoch() {
      return term.epoch;
    },
    async check() {
      // First, lest a folder is claimed without the Lease; and last, since the folder takes its time.
      hold.check();
      await term.check();
      hold.check();
    },
  };
}
