// The strongest simple rule: latency average times load plus one, over all endpoints, with a prior for those without
// history. The actor's score is a residual on it. The constants were searched on the training families (`npm run tune`).
import { EndpointTable } from '../endpoint-table';
import { Lane } from '../lanes';
import { log2x4 } from '../math';
import { Policy, Request } from './policy';
import { pickGreatest } from './pick';

/** Exponent of the latency; that of the load is 1, because the order of costs depends on their ratio alone. */
const LATENCY_EXPONENT: f32 = 0.8;

/**
 * Writes to `lane` the negative log2 cost of every endpoint, four at a time:
 * -(0.8 log2(latency / cluster's latency) + log2(load + extra)). `load` is `own` and `siblings` in flight.
 */
function writeCosts(table: EndpointTable, lane: Lane, own: Lane, siblings: Lane, extra: f32): void {
  const inverse = f32x4.splat(1 / table.meanLatency());
  const zero = f32x4.splat(0);
  const out = table.lane(lane);
  const latencies = table.lane(Lane.Latency);
  const ownLoad = table.lane(own);
  const siblingLoad = table.lane(siblings);
  for (let offset = 0, end = table.size << 2; offset < end; offset += 16) {
    const latency = v128.load(latencies + offset);
    const ratio = log2x4(f32x4.mul(latency, inverse));
    // One without history is as the cluster: a worse prior would starve it while the others are idle.
    const slowness = v128.and(ratio, f32x4.gt(latency, zero));
    const load = f32x4.add(v128.load(ownLoad + offset), v128.load(siblingLoad + offset));
    const cost = f32x4.add(
      f32x4.mul(f32x4.splat(LATENCY_EXPONENT), slowness),
      log2x4(f32x4.add(load, f32x4.splat(extra))),
    );
    v128.store(out + offset, f32x4.neg(cost));
  }
}

/** The negative log2 costs of `EwmaFull`. */
export function writeEwmaCosts(table: EndpointTable, lane: Lane): void {
  writeCosts(table, lane, Lane.Requests, Lane.SiblingRequests, 1);
}

/** Latency average^0.8 x (requests in flight of this Envoy + 1), full scan. */
export class EwmaFull extends Policy {
  choose(table: EndpointTable, _request: Request, _now: f64, bits: u64): i32 {
    writeEwmaCosts(table, Lane.Score);
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
