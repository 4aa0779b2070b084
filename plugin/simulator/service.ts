// A service: its endpoints, what its requests are like, what they cause.
import { Proxy } from './proxy';
import { derive, unit } from './random';
import { Server } from './server';
import { ServiceTime } from './service-time';

/** What is drawn from a job's key. A call's fate and key follow at `Call` + 2 x its place, and one more. */
export const enum Draw {
  Class,
  Size,
  Proxy,
  Worker,
  Source,
  Destination,
  /** Plus the try. */
  Error = 8,
  Call = 32,
}

/** A kind of request that proxies can tell apart. */
export class RequestClass {
  constructor(
    /** Hash of method and path template. */
    public hash: u32,
    public share: f64,
    /** Its service time is that of the service times this; the mean over classes is 1. */
    public factor: f64,
  ) {}
}

export class Call {
  constructor(
    public callee: Service,
    public probability: f64,
    /** Runs together with the neighbours that are parallel too. */
    public parallel: bool,
  ) {}
}

export class Service {
  servers: Server[] = [];
  classes: RequestClass[] = [];
  calls: Call[] = [];
  /** All proxies that balance this service, whoever calls. */
  proxies: Proxy[] = [];
  /** Requests in flight by endpoint, as the proxies last reported. */
  fleet: StaticArray<f32> = [];
  /** Decayed sums of the latencies that they reported (ms), their number, and when they were last decayed. */
  fleetLatencies: StaticArray<f32> = [];
  fleetAnswers: StaticArray<f32> = [];
  fleetAt: f64 = 0;
  /** Requests sent by endpoint in the present second and in the last one. */
  sent: StaticArray<i32> = [];
  sentBefore: StaticArray<i32> = [];

  constructor(
    public id: i32,
    public time: ServiceTime,
    public meanMs: f64,
    public queueLimit: i32,
    public errorRate: f64,
  ) {}

  /** Factors so that the mean over classes is 1; one class where the scenario has none. Room for every endpoint. */
  finish(): void {
    const count = this.servers.length;
    this.fleet = new StaticArray<f32>(count);
    this.fleetLatencies = new StaticArray<f32>(count);
    this.fleetAnswers = new StaticArray<f32>(count);
    this.sent = new StaticArray<i32>(count);
    this.sentBefore = new StaticArray<i32>(count);
    if (this.classes.length == 0) this.classes.push(new RequestClass(1, 1, 1));
    let shares: f64 = 0;
    let mean: f64 = 0;
    for (let i = 0; i < this.classes.length; i++) {
      shares += this.classes[i].share;
      mean += this.classes[i].share * this.classes[i].factor;
    }
    for (let i = 0; i < this.classes.length; i++) {
      this.classes[i].share /= shares;
      this.classes[i].factor *= shares / mean;
    }
  }

  classOf(key: u64): i32 {
    const last = this.classes.length - 1;
    if (last == 0) return 0;
    let left = unit(derive(key, Draw.Class));
    for (let i = 0; i < last; i++) {
      left -= unchecked(this.classes[i]).share;
      if (left < 0) return i;
    }
    return last;
  }

  /** Time of a job on a slot of speed 1, ms. */
  sizeOf(key: u64, classId: i32): f64 {
    return this.time.draw(derive(key, Draw.Size)) * unchecked(this.classes[classId]).factor;
  }
}
