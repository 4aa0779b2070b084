// One candidate for the lead, moved by `step`: it watches the newest epoch's counter, and takes the next epoch once that
// has stood still for too long. Safe without a common clock: a leader's word counts for half of the time that others
// wait, from before its last beat on; past that it has to win the next epoch itself, like everybody.
import type { EventSink } from '../../telemetry/event.js';
import { createQueue } from '../registry/queue.js';
import type { Epochs } from './epochs.js';
import { LeadershipLost, type Term } from './leadership.js';

export interface ElectionOptions {
  /** Monotone clock, ms. */
  readonly now: () => number;
  /** A leader whose counter stands still for this long is taken for dead. */
  readonly takeoverMs: number;
  /** Who this is, for people: a process and its host. */
  readonly holder: string;
  readonly events: EventSink;
  readonly onLeading: (term: Term) => void;
  readonly onLost: (lost: LeadershipLost) => void;
}

const TAKEN = 'another process took over while this one stood still';

interface Sighting {
  readonly epoch: number;
  readonly pulse: number | undefined;
  /** When this pulse was first seen, and when it was looked at last. */
  readonly since: number;
  readonly lookedAt: number;
}

/** A term from within: over once `lost` says why. */
interface Reign {
  lost?: LeadershipLost;
}

export class Election {
  readonly #epochs: Epochs;
  readonly #options: ElectionOptions;
  readonly #queue = createQueue();
  readonly #patienceMs: number;
  #seen: Sighting | undefined;
  #announced = 0;
  #reign: Reign | undefined;
  #epoch = 0;
  #beats = 0;
  #beatAt = 0;

  constructor(epochs: Epochs, options: ElectionOptions) {
    this.#epochs = epochs;
    this.#options = options;
    this.#patienceMs = options.takeoverMs / 2;
  }

  get isLeading(): boolean {
    return this.#reign !== undefined;
  }

  /** One look at who leads, or one beat of one's own. @throws what the disk says */
  step(): Promise<void> {
    return this.#queue(() => (this.#reign ? this.#affirm(this.#reign) : this.#watch()));
  }

  /** Lets the next one lead at once. */
  release(): Promise<void> {
    return this.#queue(async () => {
      if (!this.#reign) return;
      this.#end(this.#reign, 'it gave the lead up');
      await this.#epochs.release(this.#epoch);
    });
  }

  async #watch(): Promise<void> {
    // Before the look: what was read must not be older than it is taken for, however long this process sleeps after.
    const at = this.#options.now();
    const top = await this.#epochs.top();
    if (top === undefined || top.isReleased) return this.#accede((top?.epoch ?? 0) + 1, at);
    const { epoch } = top;
    const pulse = await this.#epochs.pulse(epoch);
    const before = this.#seen?.epoch === epoch ? this.#seen : undefined;
    const isSame = before?.pulse === pulse;
    // This process slept. The leader may have slept beside it, and gets its time again.
    const hasSlept = at - (before?.lookedAt ?? at) > this.#patienceMs;
    this.#seen = { epoch, pulse, since: before && isSame && !hasSlept ? before.since : at, lookedAt: at };
    if (before && !isSame) await this.#announce(epoch);
    if (at - this.#seen.since >= this.#options.takeoverMs) await this.#accede(epoch + 1, at);
  }

  /** Once for every leader that is seen alive. */
  async #announce(epoch: number): Promise<void> {
    if (this.#announced === epoch) return;
    this.#announced = epoch;
    const holder = await this.#epochs.holder(epoch);
    this.#options.events.emit('leader.waiting', `${holder} leads; this process waits.`, { epoch, holder });
  }

  async #accede(epoch: number, at: number): Promise<void> {
    if (!(await this.#epochs.claim(epoch, this.#options.holder))) return;
    this.#taken(epoch, at);
    const reign: Reign = {};
    this.#reign = reign;
    this.#options.events.emit('leader.leading', `This process leads, epoch ${epoch}.`, { epoch });
    this.#options.onLeading(this.#term(reign));
  }

  #term(reign: Reign): Term {
    const epoch = () => this.#epoch;
    return {
      get epoch() {
        return epoch();
      },
      check: () => this.#queue(() => this.#check(reign)),
    };
  }

  async #check(reign: Reign): Promise<void> {
    do {
      if (reign.lost) throw reign.lost;
      if (this.#isLapsed()) await this.#affirm(reign);
      else await this.#look(reign);
    } while (reign.lost || this.#isLapsed());
  }

  async #affirm(reign: Reign): Promise<void> {
    const at = this.#options.now();
    if (!this.#isLapsed()) {
      await this.#epochs.beat(this.#epoch, ++this.#beats);
      await this.#look(reign);
      this.#beatAt = at;
      return;
    }
    // Others may be about to take over. Whoever has the next epoch leads, and nobody came between if it is this one.
    const next = this.#epoch + 1;
    if (await this.#epochs.claim(next, this.#options.holder)) this.#taken(next, at);
    else this.#lose(reign, TAKEN);
  }

  async #look(reign: Reign): Promise<void> {
    const top = await this.#epochs.top();
    if (top === undefined || top.epoch < this.#epoch) this.#lose(reign, 'its file in the folder is gone');
    else if (top.epoch > this.#epoch) this.#lose(reign, TAKEN);
  }

  #lose(reign: Reign, why: string): void {
    const lost = this.#end(reign, why);
    const { message } = lost;
    this.#options.events.emit('leader.lost', message, { epoch: this.#epoch });
    this.#options.onLost(lost);
  }

  #taken(epoch: number, at: number): void {
    this.#epoch = epoch;
    this.#beats = 0;
    this.#beatAt = at;
  }

  #isLapsed(): boolean {
    return this.#options.now() - this.#beatAt > this.#patienceMs;
  }

  #end(reign: Reign, why: string): LeadershipLost {
    reign.lost = new LeadershipLost(`this process does not lead any more (epoch ${this.#epoch}): ${why}`);
    this.#reign = undefined;
    this.#seen = undefined;
    return reign.lost;
  }
}
