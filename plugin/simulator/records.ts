// A sample of the decisions, as a learner needs them: the state as the filter saw it, the state as only the simulator
// knows it (for an asymmetric critic), and what was chosen. What came of it for the request and for those behind it
// follows as an outcome with the same number, however much later.
import { CONTEXT, FEATURES, copyContext, copyFeatures } from '../core/features';
import { Lane } from '../core/lanes';
import { backlog, latencyAt } from './counterfactual';
import { Ending, Job } from './job';
import { Outcomes } from './outcomes';
import { Worker } from './proxy';
import { Stream, unit } from './random';
import { Server } from './server';

/** What is known of an endpoint beside its features, in the order of trainer/environment/decisions.ts. */
export const HIDDEN: i32 = 9;

export class Records {
  outcomes: Outcomes = new Outcomes();
  decisions: i32 = 0;
  rows: i32 = 0;
  /** One row an endpoint: features, then f32 each. */
  features: usize;
  base: usize;
  weight: usize;
  hidden: usize;
  /** One entry a decision: its number, its first row (and the end of the last one's), the row chosen, the service. */
  number: usize;
  first: usize;
  chosen: usize;
  service: usize;
  context: usize;

  constructor(
    private share: f64,
    private maxDecisions: i32,
    private maxRows: i32,
    private random: Stream,
  ) {
    this.features = heap.alloc(maxRows * FEATURES);
    this.base = heap.alloc(maxRows << 2);
    this.weight = heap.alloc(maxRows << 2);
    this.hidden = heap.alloc((maxRows * HIDDEN) << 2);
    this.number = heap.alloc(maxDecisions << 2);
    this.first = heap.alloc((maxDecisions + 1) << 2);
    this.chosen = heap.alloc(maxDecisions << 2);
    this.service = heap.alloc(maxDecisions << 2);
    this.context = heap.alloc(maxDecisions * CONTEXT);
    this.clear();
  }

  /** Room for more; what happens to the decisions so far is still told. */
  clear(): void {
    this.decisions = 0;
    this.rows = 0;
    store<i32>(this.first, 0);
  }

  /** A decision was made: keeps it, if it is one of the sample and there is room. */
  add(job: Job, worker: Worker, chosen: i32, now: f64): void {
    if (unit(this.random.next()) >= this.share) return;
    const table = worker.table;
    if (this.decisions == this.maxDecisions || this.rows + table.count > this.maxRows) return;
    job.record = this.outcomes.open();
    const at = this.decisions << 2;
    store<i32>(this.number + at, job.record);
    store<i32>(this.service + at, worker.proxy.service.id);
    copyContext(this.context + this.decisions * CONTEXT);
    for (let slot = 0; slot < table.size; slot++) {
      if (!table.isPresent(slot)) continue;
      if (slot == chosen) store<i32>(this.chosen + at, this.rows);
      this.addRow(job, worker, slot, now);
    }
    this.decisions++;
    store<i32>(this.first + (this.decisions << 2), this.rows);
  }

  private addRow(job: Job, worker: Worker, slot: i32, now: f64): void {
    const table = worker.table;
    const row = this.rows++;
    copyFeatures(slot, this.features + row * FEATURES);
    store<f32>(this.base + (row << 2), table.get(Lane.Base, slot));
    store<f32>(this.weight + (row << 2), table.isEligible(slot) ? table.get(Lane.Weight, slot) : -1);
    const server = unchecked(worker.proxy.service.servers[unchecked(worker.endpointAt[slot])]);
    reveal(this.hidden + ((row * HIDDEN) << 2), server, job, now);
  }

  /** The request has ended for its client. */
  end(job: Job, ending: Ending, latency: f64): void {
    if (job.record >= 0) this.outcomes.end(job.record, ending, latency as f32);
  }

  /** It goes on a slot. */
  begin(job: Job, server: Server): void {
    if (job.record >= 0) this.outcomes.begin(job.record, server.line);
  }

  /** It leaves its slot, after having kept all of them together busy for `ms`. */
  finish(job: Job, server: Server): void {
    if (job.record < 0) return;
    const ms = (job.sizeMs / server.pace() / (server.slots as f64)) as f32;
    this.outcomes.finish(job.record, ms, server.line, server.queue.length == 0);
  }
}

/** It takes no more: what comes is turned away. */
function isFull(server: Server): bool {
  return server.busy == server.slots && server.queue.length >= server.service.queueLimit;
}

function reveal(at: usize, server: Server, job: Job, now: f64): void {
  const pace = server.pace();
  store<f32>(at, latencyAt(server, job, now) as f32);
  store<f32>(at, (job.sizeMs / pace) as f32, 4);
  store<f32>(at, (server.expectation(job) / pace) as f32, 8);
  store<f32>(at, (backlog(server, now) / (server.slots as f64)) as f32, 12);
  store<f32>(at, server.assigned as f32, 16);
  store<f32>(at, server.slots as f32, 20);
  store<f32>(at, server.utilisation.cpu, 24);
  store<f32>(at, server.down || isFull(server) ? 1 : (server.errorRate as f32), 28);
  store<f32>(at, server.utilisation.memory, 32);
}
