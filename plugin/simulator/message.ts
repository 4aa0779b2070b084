// What travels between a proxy and a server, and what the server says of itself on the way back.
import { ServerLoad } from '../core/estimators';

@unmanaged
export class Message {
  /** When it arrives where it is under way to, ms. */
  dueAt: f64;
  /** Next in the line it stands in, 0 = last. */
  next: usize;
  private saidRequests: f32;
  private saidWork: f32;
  private saidTimeMs: f32;
  private saidLatencyMs: f32;
  private saidRate: f32;
  private saidCpu: f32;
  private saidMemory: f32;

  /** Writes down what a server says. */
  keep(said: ServerLoad): void {
    this.saidRequests = said.requests;
    this.saidWork = said.work;
    this.saidTimeMs = said.timeMs;
    this.saidLatencyMs = said.latencyMs;
    this.saidRate = said.rate;
    this.saidCpu = said.cpu;
    this.saidMemory = said.memory;
  }

  /** Copies it out again. */
  tell(said: ServerLoad): void {
    said.requests = this.saidRequests;
    said.work = this.saidWork;
    said.timeMs = this.saidTimeMs;
    said.latencyMs = this.saidLatencyMs;
    said.rate = this.saidRate;
    said.cpu = this.saidCpu;
    said.memory = this.saidMemory;
  }
}

const BLOCK: i32 = 256;

/** Records of one size in bytes, a multiple of 8: given back, used again; more are made a block at a time. */
export class Pool {
  /** Records in use. */
  live: i32 = 0;
  private free: usize = 0;

  constructor(private size: usize) {}

  /** A record of zeros. */
  take(): usize {
    if (this.free == 0) this.grow();
    const record = this.free;
    this.free = changetype<Message>(record).next;
    memory.fill(record, 0, this.size);
    this.live++;
    return record;
  }

  give(record: usize): void {
    changetype<Message>(record).next = this.free;
    this.free = record;
    this.live--;
  }

  private grow(): void {
    const block = heap.alloc(this.size * BLOCK);
    for (let i = BLOCK - 1; i >= 0; i--) {
      const record = block + (i as usize) * this.size;
      changetype<Message>(record).next = this.free;
      this.free = record;
    }
  }
}
