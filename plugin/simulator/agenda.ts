// What happens at times that are not in order of their making: ends of service, faults, ticks. A binary heap.

export const enum Event {
  ServiceEnd,
  /** A fault begins or ends. */
  Fault,
  /** A proxy reports and gets the fleet's view. */
  FleetTick,
  /** Utilisation and shares are sampled. */
  Sample,
}

/** Bytes an entry: time f64, event u32, subject u32 (the address of what it happens to). */
const ENTRY: usize = 16;

export class Agenda {
  /** Time of the first entry, ms; Infinity while it is empty. */
  dueAt: f64 = Infinity;
  /** What `take` took out. */
  event: Event = Event.ServiceEnd;
  subject: usize = 0;
  private size: usize = 0;
  private capacity: usize = 64;
  private entries: usize = heap.alloc(64 * ENTRY);

  add(time: f64, event: Event, subject: usize): void {
    if (this.size == this.capacity) this.grow();
    const entries = this.entries;
    let hole = this.size++;
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (load<f64>(entries + parent * ENTRY) <= time) break;
      copy(entries + hole * ENTRY, entries + parent * ENTRY);
      hole = parent;
    }
    const entry = entries + hole * ENTRY;
    store<f64>(entry, time);
    store<u32>(entry, event, 8);
    store<u32>(entry, subject as u32, 12);
    this.dueAt = load<f64>(entries);
  }

  /** Takes the first entry out, into `event` and `subject`; the agenda is not empty. */
  take(): void {
    const entries = this.entries;
    this.event = load<u32>(entries, 8) as Event;
    this.subject = load<u32>(entries, 12) as usize;
    const size = --this.size;
    const last = entries + size * ENTRY;
    const time = load<f64>(last);
    let hole: usize = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= size) break;
      if (child + 1 < size && load<f64>(entries + (child + 1) * ENTRY) < load<f64>(entries + child * ENTRY))
        child++;
      if (load<f64>(entries + child * ENTRY) >= time) break;
      copy(entries + hole * ENTRY, entries + child * ENTRY);
      hole = child;
    }
    copy(entries + hole * ENTRY, last);
    this.dueAt = size == 0 ? Infinity : load<f64>(entries);
  }

  private grow(): void {
    const bytes = this.capacity * ENTRY;
    const entries = heap.alloc(bytes * 2);
    memory.copy(entries, this.entries, bytes);
    heap.free(this.entries);
    this.entries = entries;
    this.capacity *= 2;
  }
}

function copy(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
}
