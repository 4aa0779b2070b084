import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { Policy, Request } from './policy';
import { SmoothWeights } from './smooth-weights';

/** Round robin by the configured capacities: the best that static knowledge can do. */
export class WeightedRoundRobin extends Policy {
  private smooth: SmoothWeights = new SmoothWeights();

  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    for (let i = 0; i < table.size; i++) this.smooth.weights[i] = table.get(Lane.Capacity, i);
    return this.smooth.next(table, bits as u32);
  }
}
