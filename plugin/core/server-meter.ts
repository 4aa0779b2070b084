// What a server's sidecar measures of the application behind it, and says in `x-weir-load`: processing time, also by the
// number of others that a request met, and the rate of answers.
import { ClassTable } from './classes';
import { RATE_FAST_MS } from './constants';
import { ServerLoad } from './estimators';
import { decay, keepShare } from './math';

/** Window of the processing time. */
const TIME_TAU_MS: f32 = 3000;
/** Requests that were met, the last place: that many or more. */
const MAX_DEPTH: i32 = 63;
/** Weight of a new sample there: the paper of Prequal takes the median of recent ones (section 4). */
const DEPTH_GAIN: f32 = 0.2;
/** Class times are floats relative to an origin that moves before they lose precision. */
const REBASE_MS: f64 = 262144;
const MAX_CLASSES: i32 = 256;

export class ServerMeter {
  /** Expected work by class, 1 = a mean request of this server. */
  classes: ClassTable = new ClassTable(MAX_CLASSES);
  /** Utilisations that the application reports; -1 while it has not. */
  cpu: f32 = -1;
  memory: f32 = -1;
  private origin: f64 = 0;
  private timeMs: f32 = 0;
  private samples: f32 = 0;
  private sampledAt: f64 = 0;
  /** Processing time by how many others a request met here, 0 = not measured. */
  private byDepth: StaticArray<f32> = new StaticArray<f32>(MAX_DEPTH + 1);
  /** Answers a second: of those that arrive, an overloaded server's load would say nothing of what it can do. */
  private rate: f32 = 0;

  /** A request that had met `depth` others is answered after `took` ms. */
  onResponse(classIndex: i32, depth: f32, took: f32, now: f64): void {
    this.rate = this.rate * decay((now - this.sampledAt) as f32, RATE_FAST_MS) + 1000 / RATE_FAST_MS;
    const keep = keepShare(this.samples, (now - this.sampledAt) as f32, TIME_TAU_MS);
    this.timeMs = this.timeMs * keep + took * (1 - keep);
    this.samples += 1;
    this.sampledAt = now;
    const met = min(depth as i32, MAX_DEPTH);
    const known = unchecked(this.byDepth[met]);
    unchecked((this.byDepth[met] = known > 0 ? known * (1 - DEPTH_GAIN) + took * DEPTH_GAIN : took));
    if (this.origin == 0) this.origin = now;
    if (now - this.origin > REBASE_MS) {
      this.classes.rebase((now - this.origin) as f32);
      this.origin = now;
    }
    this.classes.observe(classIndex, took, (now - this.origin) as f32);
  }

  /** Processing time of requests that met about `depth` others here; -1 while nothing was measured. */
  private latencyAt(depth: i32): f32 {
    for (let distance = 0; distance <= MAX_DEPTH; distance++) {
      for (let side = -1; side <= 1; side += 2) {
        const at = depth + side * distance;
        const known: f32 = at >= 0 && at <= MAX_DEPTH ? unchecked(this.byDepth[at]) : 0;
        if (known > 0) return known;
      }
    }
    return -1;
  }

  /** Fills `said` for a server with `requests` of `work` in flight. */
  describe(said: ServerLoad, requests: f32, work: f32, now: f64): void {
    said.requests = max<f32>(requests, 0);
    said.work = max<f32>(work, 0);
    said.timeMs = this.samples > 0 ? this.timeMs : -1;
    said.latencyMs = this.latencyAt(min(said.requests as i32, MAX_DEPTH));
    said.rate = this.rate * decay((now - this.sampledAt) as f32, RATE_FAST_MS);
    said.cpu = this.cpu;
    said.memory = this.memory;
  }
}
