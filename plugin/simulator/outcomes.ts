// What came of the decisions on record: how the request ended, and by how much it delayed those behind it. A job that
// leaves its slot has held up whoever went from the queue to a slot since it took its own, and holds up whoever does until
// the queue is empty: all of them would have been served earlier by its share of the server's time.
import { Ending } from './job';

/** Requests behind this one whose delay is followed: the n of n-step returns. */
export const FOLLOWED: i32 = 64;
/** Decisions whose outcome may be open at a time; older ones are forgotten. */
const OPEN: i32 = 1 << 15;
/** Outcomes kept until they are taken. */
const KEPT: i32 = 1 << 15;
const UNKNOWN: f32 = -1;

/** The queue of a server, as the records see it. */
export class QueueLog {
  /** Jobs that went from the queue to a slot. */
  waited: i32 = 0;
  /** Records whose effect is not over, oldest first; -1 = none. */
  first: i32 = -1;
  last: i32 = -1;
}

export class Outcomes {
  count: i32 = 0;
  /** Of each: number of the decision, Ending, latency (ms), delay caused to the next 64 together (ms). */
  number: usize = heap.alloc(KEPT << 2);
  ending: usize = heap.alloc(KEPT << 2);
  latency: usize = heap.alloc(KEPT << 2);
  delayed: usize = heap.alloc(KEPT << 2);

  private numbers: i32 = 0;
  /** Of open decisions, at their number modulo OPEN. */
  private owner: StaticArray<i32> = new StaticArray<i32>(OPEN);
  private next: StaticArray<i32> = new StaticArray<i32>(OPEN);
  private startedAt: StaticArray<i32> = new StaticArray<i32>(OPEN);
  private perJob: StaticArray<f32> = new StaticArray<f32>(OPEN);
  private took: StaticArray<f32> = new StaticArray<f32>(OPEN);
  private caused: StaticArray<f32> = new StaticArray<f32>(OPEN);

  /** Number of a new decision. */
  open(): i32 {
    const number = this.numbers;
    this.numbers = (number + 1) & 0x3fffffff;
    const at = number & (OPEN - 1);
    this.owner[at] = number;
    this.took[at] = this.caused[at] = UNKNOWN;
    return number;
  }

  private isOpen(number: i32): bool {
    return number >= 0 && unchecked(this.owner[number & (OPEN - 1)]) == number;
  }

  /** Whether its place is still its own, be its outcome told or not. */
  private isKept(number: i32): bool {
    const owner = unchecked(this.owner[number & (OPEN - 1)]);
    return owner == number || owner == ~number;
  }

  end(number: i32, ending: Ending, latency: f32): void {
    if (!this.isOpen(number)) return;
    const at = number & (OPEN - 1);
    this.took[at] = latency;
    if (ending != Ending.Answered) this.tell(number, ending, 0);
    else if (this.caused[at] >= 0) this.tell(number, ending, this.caused[at]);
  }

  begin(number: i32, log: QueueLog): void {
    if (this.isOpen(number)) this.startedAt[number & (OPEN - 1)] = log.waited;
  }

  finish(number: i32, ms: f32, log: QueueLog, isEmpty: bool): void {
    if (!this.isOpen(number)) return;
    const at = number & (OPEN - 1);
    this.perJob[at] = ms;
    this.next[at] = -1;
    if (log.first >= 0 && this.isKept(log.last)) this.next[log.last & (OPEN - 1)] = number;
    else log.first = number;
    log.last = number;
    this.resolve(log, isEmpty);
  }

  /** The effect of those that are followed long enough is over, of all where the queue is empty. */
  resolve(log: QueueLog, isEmpty: bool): void {
    while (log.first >= 0) {
      const number = log.first;
      const at = number & (OPEN - 1);
      // Forgotten, and with it who comes after it.
      if (!this.isKept(number)) {
        log.first = -1;
        return;
      }
      if (this.isOpen(number)) {
        const others = log.waited - this.startedAt[at];
        if (!isEmpty && others < FOLLOWED) return;
        this.caused[at] = (min(others, FOLLOWED) as f32) * this.perJob[at];
        if (this.took[at] >= 0) this.tell(number, Ending.Answered, this.caused[at]);
      }
      log.first = this.next[at];
    }
  }

  private tell(number: i32, ending: Ending, delayed: f32): void {
    const open = number & (OPEN - 1);
    if (this.count < KEPT) {
      const at = this.count++ << 2;
      store<i32>(this.number + at, number);
      store<i32>(this.ending + at, ending);
      store<f32>(this.latency + at, this.took[open]);
      store<f32>(this.delayed + at, delayed);
    }
    this.owner[open] = ~number;
  }
}
