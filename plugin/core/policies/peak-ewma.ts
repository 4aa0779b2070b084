import { PEAK_TAU_MS } from '../constants';
import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { decay } from '../math';
import { Policy, Request } from './policy';
import { Pair } from './pick';

/**
 * Linkerd's default: of two drawn at random the one with the lower peak-sensitive latency average times requests in
 * flight plus one; the average decays over 10 s, also while nothing is measured (linkerd2-proxy,
 * `tower::load::PeakEwma`). An endpoint without history has the cluster's average.
 */
export class PeakEwma extends Policy {
  private pair: Pair = new Pair();

  choose(table: EndpointTable, _request: Request, now: f64, bits: u64): i32 {
    const pair = this.pair;
    pair.draw(table, bits);
    if (pair.second < 0) return pair.first;
    const at = table.relative(now);
    return cost(table, pair.second, at) < cost(table, pair.first, at) ? pair.second : pair.first;
  }
}

function cost(table: EndpointTable, endpoint: i32, at: f32): f32 {
  const peak = table.get(Lane.Peak, endpoint);
  const pending = table.get(Lane.Requests, endpoint) + 1;
  if (peak <= 0) return table.meanLatency() * pending;
  return peak * decay(at - table.get(Lane.LatencyAt, endpoint), PEAK_TAU_MS) * pending;
}
