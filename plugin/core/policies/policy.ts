// What every balancing policy is: a choice among the eligible endpoints of a table.
import { EndpointTable } from '../endpoint-table';

/** What a policy may know of the request that it places. */
@unmanaged
export class Request {
  /** Expected work, 1 = a mean request. */
  work: f32 = 1;
  /** Hash of the caller's address, and of where the request goes (authority and path). */
  source: u32 = 0;
  destination: u32 = 0;
}

export abstract class Policy {
  /**
   * Index of the endpoint for `request`, -1 where none is present. `now` in ms, `bits` 64 random bits; the table's
   * `Eligible` lane has been refreshed and at least one endpoint is eligible unless the table is empty.
   */
  abstract choose(table: EndpointTable, request: Request, now: f64, bits: u64): i32;

  /** Probability with which the last choice was made; 1 for a policy that does not sample. */
  probability(): f32 {
    return 1;
  }

  /** Probes to send after a choice, written as endpoint indices to `targets` (room for 8); only Prequal asks for any. */
  probes(_table: EndpointTable, _targets: StaticArray<i32>, _bits: u64): i32 {
    return 0;
  }

  /** The answer to a probe, or the same facts on a response: requests in flight and latency (ms) at the server. */
  onProbe(_endpoint: i32, _requests: f32, _latency: f32, _now: f64): void {}
}
