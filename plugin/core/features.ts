// The state as the network sees it: 20 features an endpoint, 8 of the cluster and the request, int8 in units of 1/32.
// Ratios and logarithms, so that one network serves any fleet, any latency scale and 1 to 256 endpoints.
import { SIGNAL_TTL_MS } from './constants';
import { EndpointTable } from './endpoint-table';
import { Lane, MAX_ENDPOINTS } from './lanes';
import { log2, log2x4 } from './math';
import { Request } from './policies/policy';

export const FEATURE_SET_VERSION: u16 = 1;
/** FNV-1a 32 of the names in trainer/actor/features.ts (docs/contracts.md); a test compares them. */
export const FEATURE_SET_HASH: u32 = 0x1e1083b2;
export const FEATURES: i32 = 20;
export const CONTEXT: i32 = 8;
const PAIRS: i32 = FEATURES / 2;

/** Features are in units of 1/32 and saturate at +-127/32. */
const UNIT: f32 = 32;
/** Smaller rates and deviations than this count as none. */
const TINY: f32 = 1e-3;

/**
 * int16 pairs of features, four endpoints wide, ready for `i32x4.dot_i16x8_s`:
 * pair p of block b (endpoints 4b to 4b+3) is the v128 at (b * PAIRS + p) * 16.
 */
export const featurePairs: usize = memory.data(((MAX_ENDPOINTS / 4) * PAIRS) << 4, 16);
/** The context as 8 int16. */
export const contextVector: usize = memory.data(16, 16);

/** round(32 v) clamped to -127..127, as int32 lanes. */
function quantise(v: v128): v128 {
  const scaled = f32x4.nearest(f32x4.mul(v, f32x4.splat(UNIT)));
  return i32x4.trunc_sat_f32x4_s(f32x4.max(f32x4.splat(-127), f32x4.min(f32x4.splat(127), scaled)));
}

function storePair(block: usize, pair: i32, a: v128, b: v128): void {
  const low = v128.and(quantise(a), i32x4.splat(0xffff));
  v128.store(block + (pair << 4), v128.or(low, i32x4.shl(quantise(b), 16)));
}

/** log2(1 + v) / 2: counts from 0 to some 250. */
function count4(v: v128): v128 {
  return f32x4.mul(log2x4(f32x4.add(v, f32x4.splat(1))), f32x4.splat(0.5));
}

/** log2(1 + age / latency) / 4, the age cut to the life of a signal: 0 = now. */
function age4(age: v128, inverseLatency: v128): v128 {
  const cut = f32x4.max(f32x4.splat(0), f32x4.min(age, f32x4.splat(SIGNAL_TTL_MS * 64)));
  return f32x4.mul(log2x4(f32x4.add(f32x4.mul(cut, inverseLatency), f32x4.splat(1))), f32x4.splat(0.25));
}

function scale4(v: v128, factor: f32): v128 {
  return f32x4.mul(v, f32x4.splat(factor));
}

/** log2((a + tiny) / (b + tiny)). */
function ratio4(a: v128, b: v128): v128 {
  const tiny = f32x4.splat(TINY);
  return f32x4.sub(log2x4(f32x4.add(a, tiny)), log2x4(f32x4.add(b, tiny)));
}

/** Writes the features of every slot of the table; the `Base` lane holds the scores of `ewma-full` already. */
export function writeFeatures(table: EndpointTable, at: f32, bestBase: f32): void {
  const now = f32x4.splat(at);
  const mean = f32x4.splat(table.meanLatency());
  const inverse = f32x4.splat(1 / table.meanLatency());
  const serverMean = f32x4.splat(max<f32>(table.serverTime, TINY));
  const meanRate = f32x4.splat(table.rateSlow / (max(table.count, 1) as f32));
  const fleetAge = age4(f32x4.splat(at - table.fleetAt), inverse);
  const ttl = f32x4.splat(SIGNAL_TTL_MS);
  const zero = f32x4.splat(0);
  const stride = table.capacity << 2;
  let block = featurePairs;
  for (let o = table.lanes, end = o + (table.size << 2); o < end; o += 16, block += PAIRS << 4) {
    const measured = v128.load(o + Lane.Latency * stride);
    const hasLatency = f32x4.gt(measured, zero);
    const latency = v128.bitselect(measured, mean, hasLatency);
    const serverAge = f32x4.sub(now, v128.load(o + Lane.ServerAt * stride));
    const fresh = f32x4.lt(serverAge, ttl);
    const serverTime = v128.load(o + Lane.ServerTime * stride);
    const hasTime = v128.and(fresh, f32x4.gt(serverTime, zero));
    const rateSlow = v128.load(o + Lane.RateSlow * stride);
    storePair(
      block,
      0,
      count4(v128.load(o + Lane.Requests * stride)),
      count4(v128.load(o + Lane.Work * stride)),
    );
    storePair(
      block,
      1,
      count4(v128.load(o + Lane.SiblingRequests * stride)),
      count4(v128.load(o + Lane.FleetRequests * stride)),
    );
    storePair(block, 2, fleetAge, log2x4(f32x4.mul(latency, inverse)));
    storePair(
      block,
      3,
      v128.and(hasLatency, ratio4(v128.load(o + Lane.Deviation * stride), latency)),
      v128.and(hasLatency, ratio4(v128.load(o + Lane.Peak * stride), latency)),
    );
    storePair(
      block,
      4,
      age4(f32x4.sub(now, v128.load(o + Lane.LatencyAt * stride)), inverse),
      v128.and(fresh, count4(v128.load(o + Lane.ServerRequests * stride))),
    );
    storePair(
      block,
      5,
      v128.and(fresh, count4(v128.load(o + Lane.ServerWork * stride))),
      v128.and(hasTime, ratio4(serverTime, serverMean)),
    );
    storePair(
      block,
      6,
      age4(serverAge, inverse),
      v128.and(fresh, scale4(v128.load(o + Lane.Cpu * stride), 2)),
    );
    storePair(
      block,
      7,
      v128.and(fresh, scale4(v128.load(o + Lane.Memory * stride), 2)),
      scale4(v128.load(o + Lane.ErrorRate * stride), 4),
    );
    storePair(block, 8, ratio4(rateSlow, meanRate), ratio4(v128.load(o + Lane.RateFast * stride), rateSlow));
    storePair(
      block,
      9,
      age4(f32x4.sub(now, v128.load(o + Lane.FirstSeen * stride)), inverse),
      f32x4.sub(v128.load(o + Lane.Base * stride), f32x4.splat(bestBase)),
    );
  }
}

/** Writes the context: the cluster as a whole and the request. */
export function writeContext(table: EndpointTable, request: Request): void {
  let total: f32 = 0;
  let least: f32 = Infinity;
  let most: f32 = 0;
  const present = table.lane(Lane.Present);
  const own = table.lane(Lane.Requests);
  const siblings = table.lane(Lane.SiblingRequests);
  const fleet = table.lane(Lane.FleetRequests);
  for (let o: usize = 0, end = (table.size as usize) << 2; o < end; o += 4) {
    if (load<f32>(present + o) <= 0) continue;
    const inFlight = load<f32>(own + o) + load<f32>(siblings + o) + load<f32>(fleet + o);
    total += inFlight;
    least = min(least, inFlight);
    most = max(most, inFlight);
  }
  const count = max(table.count, 1) as f32;
  context(0, 0.5 * log2(count));
  context(1, 0.5 * log2(max<f32>(table.proxies, 1)));
  context(2, 0.5 * log2(1 + total / count));
  context(3, log2((table.rateFast + TINY) / (table.rateSlow + TINY)));
  context(4, log2(request.work));
  context(5, request.known ? 1 : 0);
  context(6, 0.5 * log2(1 + max<f32>(most - least, 0)));
  context(7, table.latency > 0 ? log2((table.deviation + TINY) / (table.latency + TINY)) : 0);
}

function context(index: i32, value: f32): void {
  const scaled = nearest<f32>(value * UNIT);
  store<i16>(contextVector + (index << 1), min<f32>(127, max<f32>(-127, scaled)) as i16);
}

/** Copies the features of slot `endpoint` as int8 to `out` (20 bytes): what a decision record keeps. */
export function copyFeatures(endpoint: i32, out: usize): void {
  const block = featurePairs + (((endpoint >> 2) * PAIRS) << 4);
  for (let feature = 0; feature < FEATURES; feature++) {
    const at = block + ((feature >> 1) << 4) + ((endpoint & 3) << 2) + ((feature & 1) << 1);
    store<i8>(out + feature, load<i16>(at) as i8);
  }
}

/** Copies the context as int8 to `out` (8 bytes). */
export function copyContext(out: usize): void {
  for (let i = 0; i < CONTEXT; i++) store<i8>(out + i, load<i16>(contextVector + (i << 1)) as i8);
}
