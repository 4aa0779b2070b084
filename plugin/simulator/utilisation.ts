// Cpu and memory of an endpoint, as the applications of a local mesh report them (trainer/mesh/apps/load-metrics.ts).
import { decay } from '../core/math';
import { START_MS } from './state';

/** Memory of the averages: utilisation that an agent on the host would report about once a second. */
const TAU_MS: f32 = 1000;
/** Modelled memory: a base, and what requests in the house hold. */
const MEMORY_BASE: f32 = 0.25;
const MEMORY_REQUESTS: f32 = 0.6;
/** Requests that fill it to 1 - 1/e of what they can, for each worker slot. */
const REQUESTS_PER_SLOT: f32 = 8;

export class Utilisation {
  cpu: f32 = 0;
  memory: f32 = MEMORY_BASE;
  /** Integrals over time in ms: busy slots, jobs waiting and on a slot. */
  busyArea: f64 = 0;
  jobsArea: f64 = 0;
  private at: f64 = START_MS;

  /** The integrals up to now, without a change of anything: to read them must not change what follows. */
  busyAreaAt(now: f64, busy: i32): f64 {
    return this.busyArea + (busy as f64) * (now - this.at);
  }

  jobsAreaAt(now: f64, jobs: i32): f64 {
    return this.jobsArea + (jobs as f64) * (now - this.at);
  }

  /** To be called before the numbers change: they held from the last call until now. */
  advance(now: f64, busy: i32, waiting: i32, slots: i32): void {
    const elapsed = now - this.at;
    if (elapsed <= 0) return;
    this.at = now;
    this.busyArea += (busy as f64) * elapsed;
    this.jobsArea += ((busy + waiting) as f64) * elapsed;
    const keep = decay(elapsed as f32, TAU_MS);
    const perSlot = ((busy + waiting) as f32) / (slots as f32);
    const held = MEMORY_BASE + MEMORY_REQUESTS * (1 - decay(perSlot, REQUESTS_PER_SLOT));
    this.cpu = keep * this.cpu + (1 - keep) * ((busy as f32) / (slots as f32));
    this.memory = keep * this.memory + (1 - keep) * held;
  }
}
