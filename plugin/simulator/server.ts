// An endpoint: its worker slots, its queue, its faults, and the sidecar's meter before it. What only the references may
// know is kept here too.
import { ServerMeter } from '../core/server-meter';
import { Job } from './job';
import { Line } from './line';
import { QueueLog } from './outcomes';
import { Proxy } from './proxy';
import { Service } from './service';
import { Utilisation } from './utilisation';

export class Server {
  queue: Line = new Line();
  /** Slots in use. */
  busy: i32 = 0;
  /** Known to the proxies; cut off; slowed down; its share of failures. */
  present: bool = true;
  down: bool = false;
  speedFactor: f64 = 1;
  errorRate: f64 = 0;
  meter: ServerMeter = new ServerMeter();
  utilisation: Utilisation = new Utilisation();
  /** Requests behind the sidecar, those whose calls run included, and their work by the meter's classes. */
  inFlight: f32 = 0;
  inWork: f32 = 0;
  /** Its own proxies to the services that it calls, by place in the list of calls. */
  outbound: Proxy[] = [];
  /** Requests sent here, of all. */
  requests: i32 = 0;

  /** The truth: jobs on their way, waiting or on a slot; mean work of their classes (ms); sizes of those not on a slot (ms);
   * the sum of the ends of those that are (ms). */
  assigned: i32 = 0;
  expectedMs: f64 = 0;
  unstartedMs: f64 = 0;
  endSum: f64 = 0;

  /** Who went from the queue to a slot, for the learner's records. */
  line: QueueLog = new QueueLog();

  /** Jobs in the house, linked. */
  private first: usize = 0;

  constructor(
    public service: Service,
    public index: i32,
    public speed: f64,
    public slots: i32,
  ) {
    this.errorRate = service.errorRate;
  }

  /** Work that a slot does a ms. */
  pace(): f64 {
    return this.speed * this.speedFactor;
  }

  advance(now: f64): void {
    this.utilisation.advance(now, this.busy, this.queue.length, this.slots);
  }

  enter(job: Job): void {
    job.before = 0;
    job.after = this.first;
    if (this.first != 0) changetype<Job>(this.first).before = changetype<usize>(job);
    this.first = changetype<usize>(job);
  }

  leave(job: Job): void {
    if (job.before != 0) changetype<Job>(job.before).after = job.after;
    else this.first = job.after;
    if (job.after != 0) changetype<Job>(job.after).before = job.before;
  }

  /** Some job in the house, 0 = none. */
  anyone(): usize {
    return this.first;
  }

  /** A job is sent here. */
  assign(job: Job): void {
    job.assigned = true;
    this.requests++;
    this.assigned++;
    this.expectedMs += this.expectation(job);
    this.unstartedMs += job.sizeMs;
  }

  /** It goes on a slot. */
  begin(job: Job): void {
    this.unstartedMs -= job.sizeMs;
    this.endSum += job.endAt;
  }

  /** It will take no more of the server's time. */
  unassign(job: Job, wasServing: bool): void {
    if (!job.assigned) return;
    job.assigned = false;
    this.assigned--;
    this.expectedMs -= this.expectation(job);
    if (wasServing) this.endSum -= job.endAt;
    else this.unstartedMs -= job.sizeMs;
    if (this.assigned > 0) return;
    // What rounding left.
    this.expectedMs = this.unstartedMs = this.endSum = 0;
  }

  /** Mean work of the job's class, ms. */
  expectation(job: Job): f64 {
    return unchecked(this.service.classes[job.classId]).factor * this.service.meanMs;
  }
}
