// The strongest simple rule: latency average times load plus one, over all endpoints, with a prior for those without
// history. The actor's score is a residual on it.
import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { log2x4 } from '../math';
import { Policy, Request } from './policy';
import { pickGreatest } from './pick';

/** Exponents of latency and load in the cost. */
const LATENCY_EXPONENT: f32 = 1;
const LOAD_EXPONENT: f32 = 1;

/**
 * Writes to `lane` the negative log2 cost of every endpoint, four at a time:
 * -(a log2(latency / cluster's latency) + b log2(load + 1)). `load` is `own` and `siblings` in flight.
 */
export function writeCosts(table: EndpointTable, lane: Lane, own: Lane, siblings: Lane, extra: f32): void {
  const mean = f32x4.splat(table.meanLatency());
  const inverse = f32x4.splat(1 / table.meanLatency());
  const zero = f32x4.splat(0);
  const out = table.lane(lane);
  const latencies = table.lane(Lane.Latency);
  const ownLoad = table.lane(own);
  const siblingLoad = table.lane(siblings);
  for (let offset = 0, end = table.size << 2; offset < end; offset += 16) {
    const measured = v128.load(latencies + offset);
    const latency = v128.bitselect(measured, mean, f32x4.gt(measured, zero));
    const load = f32x4.add(v128.load(ownLoad + offset), v128.load(siblingLoad + offset));
    const cost = f32x4.add(
      f32x4.mul(f32x4.splat(LATENCY_EXPONENT), log2x4(f32x4.mul(latency, inverse))),
      f32x4.mul(f32x4.splat(LOAD_EXPONENT), log2x4(f32x4.add(load, f32x4.splat(extra)))),
    );
    v128.store(out + offset, f32x4.neg(cost));
  }
}

/** Latency average x (requests in flight of this Envoy + 1), full scan. */
export class EwmaFull extends Policy {
  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    writeCosts(table, Lane.Score, Lane.Requests, Lane.SiblingRequests, 1);
    return pickGreatest(table, Lane.Score, bits as u32);
  }
}

/** The same over expected work in flight, the request's own included. */
export class WorkFull extends Policy {
  choose(table: EndpointTable, request: Request, _now: f64, bits: u64): i32 {
    writeCosts(table, Lane.Score, Lane.Work, Lane.SiblingWork, request.work);
    return pickGreatest(table, Lane.Score, bits as u32);
  }
}
