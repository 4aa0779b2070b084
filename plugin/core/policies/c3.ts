import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { Policy, Request } from './policy';
import { pickGreatest } from './pick';

/**
 * Replica ranking of C3 (Suresh et al., NSDI 2015, section 3.1): score = R - 1/mu + q^3 / mu with
 * q = 1 + outstanding x clients + queue, averages of alpha 0.9; the cube punishes long queues. The paper's rate control
 * with backpressure needs a queue at the client, which a proxy filter does not have: only the ranking is here.
 */
export class C3 extends Policy {
  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    const clients = max<f32>(table.proxies, 1);
    const prior = table.meanLatency();
    for (let i = 0; i < table.size; i++) {
      const response = table.get(Lane.C3Response, i);
      const service = table.get(Lane.C3Service, i);
      const r = response > 0 ? response : prior;
      const s = service > 0 ? service : table.serverTime > 0 ? table.serverTime : prior;
      const q: f32 = 1 + table.get(Lane.Requests, i) * clients + table.get(Lane.C3Queue, i);
      table.set(Lane.Score, i, -(r - s + q * q * q * s));
    }
    return pickGreatest(table, Lane.Score, bits as u32);
  }
}
