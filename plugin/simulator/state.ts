// All that changes while the mesh runs; it lies in linear memory, so a snapshot of the memory is one of the mesh.
import { Agenda } from './agenda';
import { Arrivals } from './arrivals';
import { Fault } from './faults';
import { Job } from './job';
import { Line, Waiting } from './line';
import { Pool } from './message';
import { Probe } from './probe';
import { Records } from './records';
import { Sampler } from './samples';
import { Service } from './service';
import { Statistics } from './statistics';

/** The clock at the start of a run, ms: a host's clock is far from 0 too. */
export const START_MS: f64 = 3600000;

export class State {
  now: f64 = START_MS;
  services: Service[] = [];
  /** Place of the service where requests come in. */
  entry: i32 = 0;
  faults: Fault[] = [];
  /** Whether an endpoint may become unreachable, so that a ranked list is of use. */
  mayBreak: bool = false;
  arrivals: Arrivals | null = null;
  /** Time of the next arrival, ms; Infinity after the last one. */
  arrivalAt: f64 = Infinity;
  agenda: Agenda = new Agenda();
  /** The network: jobs and probes to servers and back. */
  toServer: Line = new Line();
  toClient: Line = new Line();
  probesOut: Line = new Line();
  probesBack: Line = new Line();
  waiting: Waiting = new Waiting();
  jobs: Pool = new Pool((offsetof<Job>() + 7) & ~7);
  probes: Pool = new Pool((offsetof<Probe>() + 7) & ~7);
  statistics: Statistics = new Statistics();
  sampler: Sampler = new Sampler();
  /** Of decisions; nothing is recorded until a learner asks for it. Here, so that a snapshot holds it. */
  records: Records | null = null;
}

export const mesh = new State();

/** One who needed the record does so no more. */
export function release(job: Job): void {
  if (--job.references == 0) mesh.jobs.give(changetype<usize>(job));
}
