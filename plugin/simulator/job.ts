// A request at one hop: from the moment its proxy places it until both its client and its server are done with it.
import { Message } from './message';

/** How a job ended. */
export const enum Ending {
  Answered,
  /** The endpoint, or one that it called, answered with an error. */
  Failed,
  /** The queue was full. */
  Overflow,
  /** No connection, also at the next endpoint of the ranked list; or no endpoint at all. */
  Unreachable,
  /** The connection broke after the request was sent. */
  Broken,
  Timeout,
}

/** Where a job is as seen from its server. */
export const enum Stage {
  /** On its way, or gone. */
  Away,
  Waiting,
  /** On a slot. */
  Serving,
  /** Its own work is done; the calls that it causes run. */
  Calling,
}

@unmanaged
export class Job extends Message {
  /** All that chance says of the job is derived from it. */
  key: u64;
  /** When the client sent it, when it reached the server, the end of its service: ms. */
  sentAt: f64;
  metAt: f64;
  endAt: f64;
  /** Time on a slot of speed 1, ms. */
  sizeMs: f64;
  /** Addresses: the worker that places it, the server that it is sent to, the job that caused it (0 = none). */
  worker: usize;
  server: usize;
  parent: usize;
  /** Class as the service, the worker's table and the server's meter number it. */
  classId: i32;
  workerClass: i32;
  meterClass: i32;
  /** Slots of the worker's table, -1 = none: chosen, sent to, counted in flight at, to be tried next. */
  chosen: i32;
  slot: i32;
  holder: i32;
  second: i32;
  /** Tries before the present one. */
  attempts: i32;
  /** Expected work as the worker and as the server have it; requests that it met there. */
  work: f32;
  meterWork: f32;
  depth: f32;
  /** Place in the list of the calls that it causes; calls under way. */
  call: i32;
  pending: i32;
  /** Who still needs this record: its client, its server, the calls under way, an entry in the agenda. */
  references: i32;
  /** Number of its decision among the learner's records, -1 = none. */
  record: i32;
  stage: Stage;
  ending: Ending;
  /** It counts in the result. */
  counted: bool;
  /** The client has its answer, or gave up. */
  settled: bool;
  /** The server broke it off. */
  aborted: bool;
  /** In flight in the eyes of the server's sidecar. */
  metered: bool;
  /** Counted in what the references know of the server. */
  assigned: bool;
  /** The answer says the server's load. */
  hasSaid: bool;
  /** A call that it caused went wrong. */
  calleeFailed: bool;
  /** Neighbours among the jobs whose client waits, by age; and among those at the server. */
  older: usize;
  younger: usize;
  before: usize;
  after: usize;
}
