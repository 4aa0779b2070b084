import { EndpointTable } from '../endpoint-table';
import { Policy, Request } from './policy';

/** Each eligible endpoint in turn, from a random start, so that many proxies do not march in step. */
export class RoundRobin extends Policy {
  private next: i32 = -1;

  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    const size = table.size;
    if (size == 0) return -1;
    if (this.next < 0) this.next = ((bits >> 32) % (size as u64)) as i32;
    for (let step = 0; step < size; step++) {
      const i = (this.next + step) % size;
      if (table.isEligible(i)) {
        this.next = i + 1;
        return i;
      }
    }
    return -1;
  }
}
