import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { Policy, Request } from './policy';
import { Pair, pickGreatest } from './pick';

/** The one with fewer of this worker's requests in flight of two drawn at random: Envoy's `least_request`, choice 2. */
export class LeastRequest extends Policy {
  private pair: Pair = new Pair();

  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    const pair = this.pair;
    pair.draw(table, bits);
    if (pair.second < 0) return pair.first;
    const fewer = table.get(Lane.Requests, pair.second) < table.get(Lane.Requests, pair.first);
    return fewer ? pair.second : pair.first;
  }
}

/** The fewest of this worker's requests in flight over all: Envoy's `least_request` with FULL_SCAN. */
export class LeastRequestFull extends Policy {
  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    for (let i = 0; i < table.size; i++) table.set(Lane.Score, i, -table.get(Lane.Requests, i));
    return pickGreatest(table, Lane.Score, bits as u32);
  }
}
