import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { Policy, Request } from './policy';
import { pickGreatest } from './pick';

/**
 * The least product of average response time and connections, as NGINX Plus' `least_time` and Citrix' least response
 * time method weigh them. The connections are those active now, so that an idle endpoint scores 0 whatever its
 * latency: that is the published rule. An endpoint without history has the cluster's average.
 */
export class LeastResponseTime extends Policy {
  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    const prior = table.meanLatency();
    for (let i = 0; i < table.size; i++) {
      const latency = table.get(Lane.Latency, i);
      table.set(Lane.Score, i, -(latency > 0 ? latency : prior) * table.get(Lane.Requests, i));
    }
    return pickGreatest(table, Lane.Score, bits as u32);
  }
}
