import { EndpointTable } from '../endpoint-table';
import { Policy, Request } from './policy';
import { pickUniform } from './pick';

/** Uniform over the eligible endpoints (Envoy's `random`). */
export class Random extends Policy {
  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    return pickUniform(table, bits as u32);
  }
}
