// One candidate for a Lease, moved by `step`, after leaderelection of client-go. Safe without a common clock: the holder's
// word counts for `renewDeadlineMs` from before its last renewal was sent, and the others wait for longer than that since
// they saw it, each by its own monotone clock. The times in the Lease are for people.
import { createQueue } from '../registry/queue.js';
import { LeadershipLost } from './leadership.js';
import type { Lease, LeaseClient } from './lease-client.js';
import { patienceMs, released, taken } from './lease-spec.js';

export interface LeaseElectionOptions {
  /** Monotone clock, ms. */
  readonly now: () => number;
  /** Unix time, ms. */
  readonly wallNow: () => number;
  /** Of this process, and of no other ever. */
  readonly identity: string;
  readonly leaseDurationSeconds: number;
  /** Less than the lease's duration, by what clocks may differ in speed. */
  readonly renewDeadlineMs: number;
  readonly onHeld: (hold: Hold) => void;
  readonly onLost: (lost: LeadershipLost) => void;
  /** Hears of each holder once. */
  readonly onWaiting: (holder: string) => void;
}

/** One time of holding the Lease. */
export interface Hold {
  /** @throws {LeadershipLost} where it is over, also where nobody has noticed yet */
  check(): void;
}

interface Reign extends Hold {
  lease: Lease;
  renewedAt: number;
  lost?: LeadershipLost;
}

interface Sighting {
  readonly text: string;
  /** From when on this may be taken from its holder. */
  readonly until: number;
}

export class LeaseElection {
  readonly #client: LeaseClient;
  readonly #options: LeaseElectionOptions;
  readonly #queue = createQueue();
  #reign: Reign | undefined;
  #seen: Sighting | undefined;
  #announced: string | undefined;
  #hasWritten = false;

  constructor(client: LeaseClient, options: LeaseElectionOptions) {
    this.#client = client;
    this.#options = options;
  }

  /** One look at who holds it, or one renewal. @throws {Error} what the API server says, or that it says nothing */
  step(signal: AbortSignal): Promise<void> {
    return this.#queue(() => (this.#reign ? this.#renew(this.#reign, signal) : this.#watch(signal)));
  }

  /** Ends a hold whose time is over, without waiting for a step that hangs. Returns the time left, ms. */
  expire(): number {
    if (this.#reign === undefined) return Infinity;
    const left = this.#left(this.#reign);
    if (left <= 0) this.#lapse(this.#reign);
    return left;
  }

  /** Lets the next one take it at once. @throws as `step` */
  release(): Promise<void> {
    return this.#queue(async () => {
      if (this.#reign) this.#reign.lost = new LeadershipLost('this process gave its Lease up');
      this.#reign = undefined;
      // What was given up on its way may have arrived.
      if (!this.#hasWritten) return;
      const lease = await this.#client.read();
      if (lease?.spec?.holderIdentity !== this.#options.identity) return;
      await this.#client.update(lease, released(lease.spec, this.#options.wallNow()));
    });
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { now, onWaiting } = this.#options;
    const lease = await this.#client.read(signal);
    // After the look: it must not be taken for older than it is, however long this process slept meanwhile.
    const at = now();
    if (lease !== undefined) this.#look(lease, at);
    // Also where it was removed: its holder goes on until it looks.
    if (this.#seen === undefined || at >= this.#seen.until) return this.#take(lease, signal);
    const holder = lease?.spec?.holderIdentity ?? this.#announced;
    if (holder === undefined || holder === this.#announced) return;
    this.#announced = holder;
    onWaiting(holder);
  }

  #look({ spec = {} }: Lease, at: number): void {
    const { identity, leaseDurationSeconds } = this.#options;
    const text = JSON.stringify(spec);
    if (text === this.#seen?.text) return;
    const isOwn = spec.holderIdentity === identity;
    this.#seen = { text, until: isOwn ? at : at + patienceMs(spec, leaseDurationSeconds * 1000) };
  }

  async #take(before: Lease | undefined, signal: AbortSignal): Promise<void> {
    const renewedAt = this.#options.now();
    const lease = await this.#write(before, signal);
    if (lease === undefined) return;
    const reign: Reign = { lease, renewedAt, check: () => this.#check(reign) };
    this.#seen = this.#announced = undefined;
    this.#reign = reign;
    this.#options.onHeld(reign);
  }

  async #renew(reign: Reign, signal: AbortSignal): Promise<void> {
    const at = this.#options.now();
    let lease = await this.#write(reign.lease, signal);
    if (lease === undefined) {
      // Somebody took it; or edited it, or this process's own word arrived and the answer did not.
      const found = await this.#client.read(signal);
      const holder = found && (found.spec?.holderIdentity ?? '');
      if (holder !== undefined && holder !== this.#options.identity)
        return this.#lose(reign, `${holder || 'nobody'} holds the ${this.#client.what} now`);
      lease = await this.#write(found, signal);
      if (lease === undefined) return;
    }
    reign.lease = lease;
    reign.renewedAt = at;
  }

  #write(before: Lease | undefined, signal: AbortSignal): Promise<Lease | undefined> {
    const { identity, leaseDurationSeconds, wallNow } = this.#options;
    const spec = taken(before?.spec, { identity, leaseDurationSeconds, wallMs: wallNow() });
    this.#hasWritten = true;
    return before ? this.#client.update(before, spec, signal) : this.#client.create(spec, signal);
  }

  #check(reign: Reign): void {
    if (reign.lost === undefined && this.#left(reign) <= 0) this.#lapse(reign);
    if (reign.lost) throw reign.lost;
  }

  #left({ renewedAt }: Reign): number {
    return renewedAt + this.#options.renewDeadlineMs - this.#options.now();
  }

  #lapse(reign: Reign): void {
    const seconds = this.#options.renewDeadlineMs / 1000;
    this.#lose(reign, `the ${this.#client.what} could not be renewed for ${seconds} s`);
  }

  #lose(reign: Reign, why: string): void {
    if (reign.lost) return;
    reign.lost = new LeadershipLost(`this process does not lead any more: ${why}`);
    this.#reign = undefined;
    this.#options.onLost(reign.lost);
  }
}
